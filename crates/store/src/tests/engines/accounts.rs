use keystead_types::{AccessKeyStatus, AccountId, MfaDeviceArn};

use super::{Case, Fixture};
use crate::{
    AccessKeysCounted, AccountSettings, AttachPolicy, Changes, DeleteGroup, DeleteInstanceProfile,
    DeletePolicy, DeleteRole, DeleteUser, EnableMfaDevice, InsertMfaDevice, InsertRole, InsertUser, KeyOwner,
    MfaDeviceFilter, MfaDeviceOwner, MfaDeviceRecord, MfaMatch, NewRole, NewUser, PutInlinePolicy, Revision,
    SessionOwner, SetAccessKeyStatus, SetAlias, SetPassword, SetPermissionsBoundary, Subject, TagRecord,
    aws_managed::ADMINISTRATOR_ACCESS,
    tests::{
        account, add_key, at, group_id, inline, instance_profile, instance_profile_id, key_id, policy,
        policy_id, role, role_id, trust_policy, user, user_id,
    },
};

pub(super) const CASES: &[Case] = &[
    ("accounts_are_found_by_id_and_in_order", accounts),
    ("an_alias_belongs_to_one_account", aliases),
    ("an_account_reaches_nothing_of_another", isolation),
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

/// Everything of one account is asked for, and tried to be changed, by way of another.
fn isolation(fixture: &Fixture<'_>) {
    let (alice, ops, limit) = (user_id(1), role_id(1), policy_id(1));
    let (group, profile) = (group_id(1), instance_profile_id(1));
    let phone: MfaDeviceArn = "arn:aws:iam::123456789012:mfa/phone".parse().unwrap();
    let same = |_: &MfaDeviceRecord, _: &[u8]| {
        Some(MfaMatch {
            step: 1,
            drift_steps: 0,
        })
    };
    let tag = TagRecord {
        key: "k".to_owned(),
        value: "v".to_owned(),
    };
    fixture.write(|tx| {
        tx.insert_account(other(), &AccountSettings::default(), at(0))?;
        tx.insert_group(&crate::tests::group(1, "ops"))?;
        tx.insert_role(&role(1, "ops"))?;
        tx.insert_policy(&policy(1, "limit"))?;
        tx.insert_instance_profile(&instance_profile(1, "web"))?;
        tx.put_role_into_instance_profile(account(), profile, ops)?;
        for owner in [alice, ops, group] {
            tx.put_inline_policy(account(), owner, &inline("p", 1), 1)?;
            tx.attach_policy(account(), owner, limit)?;
        }
        for owner in [alice, ops] {
            tx.set_permissions_boundary(account(), owner, Some(limit))?;
            tx.put_tags(account(), owner, std::slice::from_ref(&tag))?;
        }
        tx.add_user_to_group(account(), group, alice)?;
        tx.insert_login_profile(account(), alice, "hash", false, at(0))?;
        tx.insert_mfa_device(&phone, b"seed", at(0))?;
        tx.enable_mfa_device(&phone, MfaDeviceOwner::User(alice), at(0), same)?;
        add_key(tx, 1)
    });
    fixture.read(|reader| {
        let of = other();
        assert_eq!(reader.user_by_id(of, alice)?, None);
        assert_eq!(reader.user_by_name(of, &"alice".parse().unwrap())?, None);
        assert_eq!(reader.role_by_id(of, ops)?, None);
        assert_eq!(reader.role_by_name(of, &"ops".parse().unwrap())?, None);
        assert_eq!(reader.group_by_id(of, group)?, None);
        assert_eq!(reader.policy_by_id(of, limit)?, None);
        assert_eq!(reader.instance_profile_by_id(of, profile)?, None);
        assert_eq!(reader.user_permissions(of, alice)?, None);
        assert_eq!(reader.role_permissions(of, ops)?, None);
        for owner in [alice, ops, group] {
            assert_eq!(reader.policies_of(of, owner)?, []);
            assert_eq!(reader.tags(of, owner)?, []);
        }
        assert_eq!(reader.groups_of_user(of, alice)?, []);
        assert_eq!(reader.members_page(of, group, "", 9)?.users, []);
        assert_eq!(reader.login_profile(of, alice)?, None);
        assert_eq!(reader.password_hash(of, alice)?, None);
        assert_eq!(reader.mfa_devices_of(of, MfaDeviceOwner::User(alice))?, []);
        assert_eq!(reader.users_page(of, "", "", 9)?.users, []);
        assert_eq!(reader.roles_page(of, "", "", 9)?.roles, []);
        assert_eq!(reader.groups_page(of, "", "", 9)?.groups, []);
        assert_eq!(
            reader.instance_profiles_page(of, "", "", 9)?.instance_profiles,
            []
        );
        let of_role = reader.instance_profiles_of_role_page(of, ops, "", 9)?;
        assert_eq!(of_role.instance_profiles, []);
        let devices = reader.mfa_devices_page(of, MfaDeviceFilter::Any, "", 9)?;
        assert_eq!(devices.devices, []);
        assert_eq!(reader.credentials_page(of, "", 9)?.users, []);
        let keys = reader.access_keys_page(of, KeyOwner::User(alice), "", 9)?;
        assert_eq!(keys.access_keys, []);
        Ok(())
    });
    fixture.refused(|tx| {
        let (of, owner, name) = (other(), KeyOwner::User(alice), inline("p", 1).name);
        assert_eq!(tx.delete_user(of, alice)?, DeleteUser::NoUser);
        assert_eq!(tx.delete_role(of, ops)?, DeleteRole::NoRole);
        assert_eq!(tx.delete_group(of, group)?, DeleteGroup::NoGroup);
        assert_eq!(tx.delete_policy(of, limit)?, DeletePolicy::NoPolicy);
        let deleted = tx.delete_instance_profile(of, profile)?;
        assert_eq!(deleted, DeleteInstanceProfile::NoInstanceProfile);
        assert!(!tx.update_role(of, ops, None, 3600)?);
        assert!(!tx.set_trust_policy(of, ops, &trust_policy(2))?);
        assert!(!tx.take_role_out_of_instance_profile(of, profile, ops)?);
        assert!(!tx.remove_user_from_group(of, group, alice)?);
        for holder in [alice, ops, group] {
            assert!(!tx.detach_policy(of, holder, limit)?);
            assert!(!tx.delete_inline_policy(of, holder, &name)?);
            assert!(!tx.remove_tags(of, holder, &["k".to_owned()])?);
            let put = tx.put_inline_policy(of, holder, &inline("q", 1), 1)?;
            assert_eq!(put, PutInlinePolicy::NoOwner);
            let attached = tx.attach_policy(of, holder, ADMINISTRATOR_ACCESS)?;
            assert_eq!(attached, AttachPolicy::NoOwner);
        }
        for holder in [alice, ops] {
            let set = tx.set_permissions_boundary(of, holder, None)?;
            assert_eq!(set, SetPermissionsBoundary::NoOwner);
        }
        assert!(!tx.revoke_sessions(of, SessionOwner::User(alice), at(1))?);
        assert!(!tx.revoke_sessions(of, SessionOwner::Role(ops), at(1))?);
        let password = tx.set_password(of, alice, None, "x", false, at(1))?;
        assert_eq!(password, SetPassword::NoLoginProfile);
        assert!(!tx.delete_login_profile(of, alice)?);
        assert!(!tx.delete_access_key(of, owner, key_id(1))?);
        let inactive = AccessKeyStatus::Inactive;
        let status = tx.set_access_key_status(of, owner, key_id(1), inactive, at(1))?;
        assert_eq!(status, SetAccessKeyStatus::NoKey);
        Ok(())
    });
    // The same names are free there.
    fixture.write(|tx| {
        let (account, id) = (other(), user_id(2));
        let user = NewUser {
            account,
            ..user(2, "alice")
        };
        assert_eq!(tx.insert_user(&user)?, InsertUser::Created);
        let role = NewRole {
            account,
            ..role(2, "ops")
        };
        assert_eq!(tx.insert_role(&role)?, InsertRole::Created);
        let phone = MfaDeviceArn { account, ..phone };
        let inserted = tx.insert_mfa_device(&phone, b"seed", at(0))?;
        assert_eq!(inserted, InsertMfaDevice::Created);
        let enabled = tx.enable_mfa_device(&phone, MfaDeviceOwner::User(alice), at(0), same)?;
        assert_eq!(enabled, EnableMfaDevice::NoUser);
        assert_eq!(
            tx.enable_mfa_device(&phone, MfaDeviceOwner::User(id), at(0), same)?,
            EnableMfaDevice::Enabled
        );
        Ok(())
    });
    assert_eq!(fixture.account().user_count, 1);
}
