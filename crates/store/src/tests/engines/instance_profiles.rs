use super::{Case, Fixture};
use crate::{
    AccountSettings, DeleteInstanceProfile, InsertInstanceProfile, NewInstanceProfile,
    PutRoleIntoInstanceProfile, PutTags, TagRecord,
    tests::{account, instance_profile, instance_profile_id, role, role_id},
};

pub(super) const CASES: &[Case] = &[
    ("instance_profile_names_are_unique_without_regard_to_case", names),
    ("an_instance_profile_has_one_role", roles),
    ("instance_profiles_are_listed", pages),
    ("the_instance_profiles_quota_holds", quota),
    ("tags_of_instance_profiles_tell_case_apart", tags),
];

fn names(fixture: &Fixture<'_>) {
    let rows = [
        (instance_profile(1, "Web"), InsertInstanceProfile::Created),
        (instance_profile(2, "wEB"), InsertInstanceProfile::NameTaken),
        (instance_profile(1, "db"), InsertInstanceProfile::IdTaken),
        (instance_profile(2, "db"), InsertInstanceProfile::Created),
    ];
    for (profile, expected) in rows {
        let (answer, changes) = fixture.write_and_listen(|tx| tx.insert_instance_profile(&profile));
        assert_eq!(answer, expected, "{profile:?}");
        assert_eq!(changes, []);
    }
    let find = |name: &str| {
        fixture.read(|reader| reader.instance_profile_by_name(account(), &name.parse().unwrap()))
    };
    let (found, new) = (find("Web").unwrap(), instance_profile(1, "Web"));
    assert_eq!(
        (found.account, found.id, found.path, found.created_at),
        (new.account, new.id, new.path, new.created_at)
    );
    assert_eq!((found.role, found.tag_count), (None, 0));
    assert_eq!(find("web"), None, "a lookup is exact");
}

fn roles(fixture: &Fixture<'_>) {
    fixture.write(|tx| {
        tx.insert_instance_profile(&instance_profile(1, "web"))?;
        tx.insert_role(&role(1, "one"))?;
        tx.insert_role(&role(2, "two"))
    });
    let web = instance_profile_id(1);
    let put = |profile, role| fixture.write(|tx| tx.put_role_into_instance_profile(account(), profile, role));
    let rows = [
        (web, role_id(9), PutRoleIntoInstanceProfile::NoRole),
        (
            instance_profile_id(9),
            role_id(1),
            PutRoleIntoInstanceProfile::NoInstanceProfile,
        ),
        (web, role_id(1), PutRoleIntoInstanceProfile::Put),
        (web, role_id(1), PutRoleIntoInstanceProfile::HasRole),
        (web, role_id(2), PutRoleIntoInstanceProfile::HasRole),
    ];
    for (profile, role, expected) in rows {
        assert_eq!(put(profile, role), expected);
    }
    let counts = || {
        (
            fixture.role(1).instance_profile_count,
            fixture.role(2).instance_profile_count,
        )
    };
    let holds = || {
        fixture
            .read(|reader| reader.instance_profile_by_id(account(), web))
            .unwrap()
            .role
    };
    assert_eq!((counts(), holds()), ((1, 0), Some(role_id(1))));
    assert_eq!(
        fixture.refused(|tx| tx.delete_instance_profile(account(), web)),
        DeleteInstanceProfile::HasRole
    );
    assert!(!fixture.refused(|tx| tx.take_role_out_of_instance_profile(account(), web, role_id(2))));
    assert!(fixture.write(|tx| tx.take_role_out_of_instance_profile(account(), web, role_id(1))));
    assert_eq!((counts(), holds()), ((0, 0), None));
    assert_eq!(put(web, role_id(2)), PutRoleIntoInstanceProfile::Put);
    fixture.write(|tx| tx.take_role_out_of_instance_profile(account(), web, role_id(2)));
    assert_eq!(
        fixture.write(|tx| tx.delete_instance_profile(account(), web)),
        DeleteInstanceProfile::Deleted
    );
    assert_eq!(
        fixture.refused(|tx| tx.delete_instance_profile(account(), web)),
        DeleteInstanceProfile::NoInstanceProfile
    );
    assert_eq!(
        fixture.refused(|tx| tx.insert_instance_profile(&instance_profile(1, "web"))),
        InsertInstanceProfile::IdTaken
    );
}

fn pages(fixture: &Fixture<'_>) {
    fixture.write(|tx| {
        tx.insert_role(&role(1, "one"))?;
        tx.insert_role(&role(2, "two"))?;
        for (number, name, path, role) in [
            (1, "web", "/", 1),
            (2, "Db", "/eu/", 1),
            (3, "cache", "/eu/west/", 2),
            (4, "x", "/e/", 1),
        ] {
            let profile = NewInstanceProfile {
                path: path.parse().unwrap(),
                ..instance_profile(number, name)
            };
            tx.insert_instance_profile(&profile)?;
            tx.put_role_into_instance_profile(account(), profile.id, role_id(role))?;
        }
        Ok(())
    });
    let list = |role: Option<u64>, prefix: &str, limit| {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| match role {
                Some(role) => reader.instance_profiles_of_role_page(account(), role_id(role), &after, limit),
                None => reader.instance_profiles_page(account(), &after, prefix, limit),
            });
            assert!(page.instance_profiles.len() <= limit as usize);
            seen.extend(
                page.instance_profiles
                    .iter()
                    .map(|profile| profile.name.to_string()),
            );
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    };
    for limit in [1, 2, 9] {
        assert_eq!(list(None, "", limit), ["cache", "Db", "web", "x"]);
        assert_eq!(list(None, "/eu", limit), ["cache", "Db"]);
        assert_eq!(list(Some(1), "", limit), ["Db", "web", "x"]);
        assert_eq!(list(Some(2), "", limit), ["cache"]);
        assert_eq!(list(Some(9), "", limit), [""; 0]);
    }
}

fn quota(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        instance_profiles_quota: 1,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    let first = instance_profile(1, "first");
    fixture.write(|tx| tx.insert_instance_profile(&first));
    let second = instance_profile(2, "second");
    assert_eq!(
        fixture.refused(|tx| tx.insert_instance_profile(&second)),
        InsertInstanceProfile::QuotaReached(1)
    );
    fixture.write(|tx| tx.delete_instance_profile(account(), first.id));
    assert_eq!(
        fixture.write(|tx| tx.insert_instance_profile(&second)),
        InsertInstanceProfile::Created
    );
    assert_eq!(fixture.account().instance_profile_count, 1);
}

fn tags(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_instance_profile(&instance_profile(1, "web")));
    let tag = |key: &str| TagRecord {
        key: key.to_owned(),
        value: "v".to_owned(),
    };
    let web = instance_profile_id(1);
    let (answer, changes) =
        fixture.write_and_listen(|tx| tx.put_tags(account(), web, &[tag("team"), tag("Team")]));
    assert_eq!((answer, changes), (PutTags::Stored, vec![]));
    assert_eq!(
        fixture.read(|reader| reader.tags(account(), web)),
        [tag("Team"), tag("team")]
    );
    assert!(fixture.write(|tx| tx.remove_tags(account(), web, &["team".to_owned()])));
    assert_eq!(fixture.read(|reader| reader.tags(account(), web)), [tag("Team")]);
    fixture.write(|tx| tx.delete_instance_profile(account(), web));
    assert_eq!(fixture.read(|reader| reader.tags(account(), web)), []);
    assert!(!fixture.refused(|tx| tx.remove_tags(account(), web, &["team".to_owned()])));
}
