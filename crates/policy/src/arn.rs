//! Resources of policies as ARNs: the short forms that AWS completes, and what it refuses.

use std::borrow::Cow;

use crate::malformed::Check;

/// Partitions that exist. A pattern may stand for several.
const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-us-gov",
];

/// How IAM's own resources may begin.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// `*`, or an ARN of six parts: the first part is always `arn`, and missing parts are `*`.
pub(crate) fn expanded(resource: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    match parts.as_slice() {
        ["*"] | ["arn", _, _, _, _, _] => Cow::Borrowed(resource),
        [_, rest @ ..] => {
            let mut arn = "arn".to_owned();
            for part in rest {
                arn.push(':');
                arn.push_str(part);
            }
            for _ in parts.len()..6 {
                arn.push_str(":*");
            }
            Cow::Owned(arn)
        }
        [] => Cow::Borrowed(resource),
    }
}

/// Whether AWS's older parser refuses it: an ARN of a known partition, with an empty service, or with fewer than six parts of
/// which one is empty.
pub(crate) fn fails_legacy_parsing(resource: &str) -> bool {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, rest @ ..] if is_partition(partition) => {
            rest.first() == Some(&"") || (parts.len() < 6 && rest.contains(&""))
        }
        _ => false,
    }
}

/// What is wrong with a resource, and AWS's text for it.
pub(crate) fn fault(resource: &str) -> Option<(Check, String)> {
    if resource == "*" {
        return None;
    }
    if !resource.contains(':') {
        let text = format!("Resource {resource} must be in ARN format or \"*\".");
        return Some((Check::ResourceFormat, text));
    }
    let arn = expanded(resource);
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &[_, partition, service, region, _, path] = parts.as_slice() else {
        return None;
    };
    if !is_partition(partition) {
        let text = format!("Partition \"{partition}\" is not valid for resource \"{arn}\".");
        return Some((Check::ResourcePartition, text));
    }
    if service.contains(['*', '?']) {
        let text = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Some((Check::ResourceVendor, text.to_owned()));
    }
    match service {
        "iam" => iam_fault(&arn, region, path),
        "s3" if !region.is_empty() && !region.contains('*') && !path.starts_with("accesspoint/") => {
            let text = format!("Resource {arn} can not contain region information.");
            Some((Check::ResourceRegion, text))
        }
        _ => None,
    }
}

fn iam_fault(arn: &str, region: &str, path: &str) -> Option<(Check, String)> {
    if !region.is_empty() && !region.contains('*') {
        let text = format!("IAM resource {arn} cannot contain region information.");
        return Some((Check::ResourceRegion, text));
    }
    let valid = path == "*" || path == "root" || IAM_PATHS.iter().any(|start| path.starts_with(start));
    let text = || {
        format!(
            "IAM resource path must either be \"*\", root, or start with {}.",
            IAM_PATHS.join(", ")
        )
    };
    (!valid).then(|| (Check::ResourcePath, text()))
}

fn is_partition(partition: &str) -> bool {
    PARTITIONS.contains(&partition) || partition.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_completed() {
        let rows = [
            ("*", "*"),
            ("arn:aws:s3:::b", "arn:aws:s3:::b"),
            ("arn:aws:s3:::b:c", "arn:aws:s3:::b:c"),
            ("arn:aws", "arn:aws:*:*:*:*"),
            ("arn:aws:fdsasf", "arn:aws:fdsasf:*:*:*"),
            ("a:b:c", "arn:b:c:*:*:*"),
            ("a:b:c:d:e:f:g:h", "arn:b:c:d:e:f:g:h"),
            ("aws:s3:::b", "arn:s3:::b:*"),
        ];
        for (resource, arn) in rows {
            assert_eq!(expanded(resource), arn, "{resource}");
        }
    }

    #[test]
    fn the_older_parser_looks_at_arns_of_known_partitions() {
        let rows = [
            ("arn:aws:s3::example_bucket", true),
            ("arn:aws::fdsasf", true),
            ("arn:aws::::x", true),
            ("arn:aws:s3:::x", false),
            ("arn:aws", false),
            ("arn:aws:s3", false),
            ("arn:error:s3::example_bucket", false),
            ("aws:s3::x", false),
            ("*", false),
            ("", false),
        ];
        for (resource, expected) in rows {
            assert_eq!(fails_legacy_parsing(resource), expected, "{resource}");
        }
    }
}
