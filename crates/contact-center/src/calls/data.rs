//! The data attached to calls.

use std::sync::Arc;

use super::draft::CallDraft;
use crate::contact::UserData;
use crate::conversation::check_data;
use crate::ids::CallId;
use crate::refusal::Refusal;

/// Adds or overwrites pairs.
///
/// # Errors
/// [`Refusal::LimitReached`] and what else [`check_data`] finds; nothing is attached then.
pub(super) fn attach(draft: &mut CallDraft<'_>, id: CallId, data: &UserData) -> Result<(), Refusal> {
    if data.is_empty() {
        return Ok(());
    }
    let mut all = (*draft.call(id).user_data).clone();
    all.extend(data.iter().map(|(key, value)| (key.clone(), value.clone())));
    check_data(&all)?;
    put(draft, id, all);
    Ok(())
}

/// Replaces the data.
pub(super) fn put(draft: &mut CallDraft<'_>, id: CallId, data: UserData) {
    let call = draft.call(id);
    call.user_data = Arc::new(data);
    call.data_version += 1;
}
