//! AWS's names as Rust writes names.

/// `SSHPublicKeyId` as `ssh_public_key_id`.
pub(crate) fn snake(name: &str) -> String {
    const KEYWORDS: [&str; 2] = ["type", "use"];
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(index + 1);
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(|after| after.is_ascii_lowercase())
            });
        if begins && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    if KEYWORDS.contains(&snake.as_str()) {
        snake.insert_str(0, "r#");
    }
    snake
}

/// `userNameType` as `USER_NAME_TYPE`.
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_names() {
        let rows = [
            ("UserName", "user_name"),
            ("SSHPublicKeyId", "ssh_public_key_id"),
            ("ClientIDList", "client_id_list"),
            ("QRCodePNG", "qr_code_png"),
            ("OpenIDConnectProviderArn", "open_id_connect_provider_arn"),
            ("arn", "arn"),
            ("Base32StringSeed", "base32_string_seed"),
            ("Type", "r#type"),
        ];
        for (name, expected) in rows {
            assert_eq!(snake(name), expected);
        }
    }
}
