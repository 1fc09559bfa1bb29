use super::*;
use crate::operation::{Kind, Parameter, Rule};
use crate::resources::Capability;
use crate::word::Word;

fn check<W: Word>(table: &[Operation]) {
    let names: Vec<_> = table.iter().map(|operation| operation.name).collect();
    assert_eq!(names, W::SPELLINGS);
}

#[test]
fn every_table_has_the_words_of_its_set() {
    check::<MeOperation>(ME);
    check::<OwnChannelOperation>(OWN_CHANNEL);
    check::<UserChannelOperation>(USER_CHANNEL);
    check::<DeviceOperation>(DEVICE);
    check::<DeviceCallsOperation>(DEVICE_CALLS);
    check::<CallOperation>(CALL);
    check::<SwitchOperation>(SWITCH);
    check::<SessionOperation>(SESSION);
    check::<SmsSessionsOperation>(SMS_SESSIONS);
    check::<UserSessionOperation>(USER_SESSION);
    check::<CustomerChatsOperation>(CUSTOMER_CHATS);
    check::<CustomerChatOperation>(CUSTOMER_CHAT);
}

#[test]
fn a_name_means_one_operation() {
    for (title, table) in TABLES {
        let mut names: Vec<_> =
            table.iter().flat_map(|operation| [&[operation.name], operation.aliases].concat()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{title}");
    }
}

#[test]
fn a_listed_operation_is_permitted_by_its_own_token() {
    for operation in TABLES.iter().flat_map(|(_, table)| *table) {
        if let Some(token) = operation.capability {
            assert_eq!(Capability::of_operation(operation.name), Some(token));
        }
    }
}

#[test]
fn rules_and_defaults_are_about_parameters_that_exist() {
    for operation in TABLES.iter().flat_map(|(_, table)| *table) {
        for rule in operation.rules {
            let names = match rule {
                Rule::AnyOf(names) | Rule::ExactlyOne(names) => names.to_vec(),
                Rule::OnlyWith(name, needed) => vec![*name, *needed],
            };
            for name in names {
                assert!(operation.parameter(name).is_some(), "{} lacks {name}", operation.name);
            }
        }
        for parameter in operation.parameters {
            assert!(default_fits(parameter), "{}: {}", operation.name, parameter.name);
            assert!(!(parameter.required && parameter.default.is_some()));
        }
    }
}

fn default_fits(parameter: &Parameter) -> bool {
    match (parameter.default, parameter.kind) {
        (None, _) => true,
        (Some(word), Kind::Choice(words)) => words.contains(&word),
        (Some(word), Kind::Flag) => word == "true" || word == "false",
        (Some(_), _) => false,
    }
}

/// Accept and Decline are of previews, which this server does not offer.
#[test]
fn all_that_can_be_asked_of_a_call_can_be_listed_but_for_dispositions_and_previews() {
    use crate::resources::CallCapability;
    let unlisted: Vec<_> = CALL
        .iter()
        .map(|operation| operation.name)
        .filter(|name| !CallCapability::SPELLINGS.contains(name))
        .collect();
    assert_eq!(unlisted, ["SetCallDisposition", "Accept", "Decline"]);
}
