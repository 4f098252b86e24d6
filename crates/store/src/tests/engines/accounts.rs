use keystead_types::AccountId;

use super::{Case, Fixture};
use crate::{
    AccessKeysCounted, AccountSettings, Changes, Revision, SetAlias, Subject,
    tests::{account, at, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("accounts_are_found_by_id_and_in_order", accounts),
    ("an_alias_belongs_to_one_account", aliases),
    ("the_feed_has_no_gaps", feed),
    ("server_keys_are_drawn_once", server_keys),
];

fn other() -> AccountId {
    AccountId::new(7).unwrap()
}

fn accounts(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        users_quota: 3,
        access_keys_quota: 4,
        access_keys_counted: AccessKeysCounted::Active,
        groups_quota: 5,
        policies_quota: 6,
        attached_policies_quota: 7,
        roles_quota: 8,
        instance_profiles_quota: 9,
        role_attached_policies_quota: 10,
    };
    assert!(!fixture.refused(|tx| tx.insert_account(account(), &settings, at(1))));
    assert!(fixture.write(|tx| tx.insert_account(other(), &settings, at(1))));
    let found = fixture.read(|reader| reader.account(other())).unwrap();
    assert_eq!(
        (found.settings, found.created_at, found.user_count),
        (settings, at(1), 0)
    );
    let defaults = AccountSettings::default();
    assert!(fixture.write(|tx| tx.set_account_settings(other(), &defaults)));
    let nobody = AccountId::new(1).unwrap();
    assert!(!fixture.refused(|tx| tx.set_account_settings(nobody, &defaults)));
    assert_eq!(fixture.read(|reader| reader.account(nobody)), None);

    let ids = |after, limit| {
        let page = fixture.read(|reader| reader.accounts_page(after, limit));
        page.iter().map(|account| account.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 9), [other(), account()]);
    assert_eq!(ids(None, 1), [other()]);
    assert_eq!(ids(Some(other()), 9), [account()]);
}

fn aliases(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_account(other(), &AccountSettings::default(), at(0)));
    let set = |id, alias| fixture.write(|tx| tx.set_account_alias(id, alias));
    assert_eq!(set(account(), Some("acme")), SetAlias::Set);
    assert_eq!(set(account(), Some("acme")), SetAlias::Set);
    assert_eq!(set(other(), Some("acme")), SetAlias::Taken);
    assert_eq!(set(AccountId::new(1).unwrap(), Some("none")), SetAlias::NoAccount);
    let alias = |id| fixture.read(|reader| reader.account(id)).unwrap().alias;
    assert_eq!(
        (alias(account()).as_deref(), alias(other())),
        (Some("acme"), None)
    );
    assert_eq!(set(account(), None), SetAlias::Set);
    assert_eq!(set(other(), Some("acme")), SetAlias::Set);
}

fn feed(fixture: &Fixture<'_>) {
    let following = |after, limit| fixture.read(|reader| reader.changes_after(Revision(after), limit));
    let subjects = |changes| match changes {
        Changes::Following(changes) => changes.iter().map(|change| change.subject).collect::<Vec<_>>(),
        Changes::Gone => panic!("the feed has a gap"),
    };
    let both = [Subject::Account(account()), Subject::User(user_id(1))];
    assert_eq!(subjects(following(0, 9)), both);
    assert_eq!(subjects(following(1, 9)), both[1..]);
    assert_eq!(subjects(following(0, 1)), both[..1]);
    assert_eq!(following(2, 9), Changes::Following(Vec::new()));
    assert_eq!(following(3, 9), Changes::Gone, "a follower from another life");

    // Nothing is old enough to be forgotten; what is gone is noticed all the same.
    fixture.write(|tx| tx.forget_old_changes(1000));
    assert_eq!(subjects(following(0, 9)), both);
    let parameters = [0.into(), 1.into()];
    fixture
        .engine()
        .execute(crate::statements::DELETE_CHANGES, &parameters)
        .unwrap();
    assert_eq!(following(0, 9), Changes::Gone);
    assert_eq!(subjects(following(1, 9)), both[1..]);
}

fn server_keys(fixture: &Fixture<'_>) {
    assert_eq!(fixture.read(|reader| reader.server_key("marker")), None);
    let first = fixture.write(|tx| tx.server_key_or_new("marker"));
    let again = fixture.refused(|tx| tx.server_key_or_new("marker"));
    let other = fixture.write(|tx| tx.server_key_or_new("other"));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(fixture.read(|reader| reader.server_key("marker")), Some(first));
}
