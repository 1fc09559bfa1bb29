//! What every form of the store promises. Each form runs all of it in its own tests.

use std::sync::Arc;

use contact_center::{ContactCenterId, ContactId, Timestamp};

use crate::{Batch, Commit, CommitError, EndedContact, Epoch, ReadError, Snapshot, Store};

/// A place where a store is, which can be opened again after it was closed.
pub(crate) trait Place {
    fn open(&self) -> Arc<dyn Store>;
}

pub(crate) const ACME: ContactCenterId = ContactCenterId(0xACE);
pub(crate) const BOLT: ContactCenterId = ContactCenterId(0xB01);

/// Everything, each in a fresh place.
pub(crate) async fn holds<P: Place>(fresh: impl Fn() -> P) {
    batches_come_back_in_order(&fresh()).await;
    a_batch_out_of_order_is_refused_and_changes_nothing(&fresh()).await;
    what_nobody_waited_for_is_not_kept(&fresh()).await;
    the_last_owner_alone_commits(&fresh()).await;
    contact_centers_are_listed_in_order_of_foundation(&fresh()).await;
    contact_centers_do_not_mix(&fresh()).await;
    a_contact_center_is_founded_once(&fresh()).await;
    unknown_contact_centers_are_named(&fresh()).await;
    loading_begins_at_the_newest_snapshot(&fresh()).await;
    a_snapshot_of_what_was_not_committed_is_refused(&fresh()).await;
    the_log_goes_on_when_snapshots_have_emptied_it(&fresh()).await;
    ended_contacts_come_with_their_batch_or_not_at_all(&fresh()).await;
    ended_contacts_are_paged_backward(&fresh()).await;
    an_ended_contact_that_comes_again_takes_its_new_form(&fresh()).await;
    big_payloads_come_back_whole(&fresh()).await;
    many_wait_at_once(&fresh()).await;
    the_first_value_of_a_name_stays(&fresh()).await;
}

pub(crate) fn commit(center: ContactCenterId, epoch: Epoch, sequence: u64, events: &str) -> Commit {
    Commit { center, epoch, sequence, events: events.into(), ended: Vec::new() }
}

pub(crate) fn ended(id: u128, at: i64) -> EndedContact {
    let transcript = format!("contact {id}").into_bytes();
    EndedContact { id: ContactId(id), ended_at: Timestamp(at), transcript }
}

async fn founded(store: &Arc<dyn Store>, center: ContactCenterId) -> Epoch {
    store.found(center, b"founded".to_vec()).await.unwrap()
}

/// What a new owner would find in the log.
pub(crate) async fn check_log(
    place: &impl Place,
    center: ContactCenterId,
    snapshot: Option<(u64, &str)>,
    batches: &[(u64, &str)],
) {
    let taken = place.open().take(center).await.unwrap();
    let wanted = snapshot.map(|(sequence, state)| Snapshot { sequence, state: state.into() });
    assert_eq!(taken.snapshot, wanted);
    let wanted: Vec<_> = batches
        .iter()
        .map(|(sequence, events)| Batch { sequence: *sequence, events: (*events).into() })
        .collect();
    assert_eq!(taken.batches, wanted);
}

async fn batches_come_back_in_order(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    store.commit(commit(ACME, epoch, 2, "two")).await.unwrap();
    store.commit(commit(ACME, epoch, 3, "three")).await.unwrap();
    drop(store);
    check_log(place, ACME, None, &[(1, "founded"), (2, "two"), (3, "three")]).await;
}

async fn a_batch_out_of_order_is_refused_and_changes_nothing(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    for sequence in [0, 1, 3] {
        let outcome = store.commit(commit(ACME, epoch, sequence, "odd")).await;
        assert!(matches!(outcome, Err(CommitError::OutOfOrder { last: 1, .. })), "{sequence}: {outcome:?}");
    }
    store.commit(commit(ACME, epoch, 2, "two")).await.unwrap();
    drop(store);
    check_log(place, ACME, None, &[(1, "founded"), (2, "two")]).await;
}

async fn what_nobody_waited_for_is_not_kept(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    drop(store.commit(commit(ACME, epoch, 2, "never asked for")));
    store.commit(commit(ACME, epoch, 2, "two")).await.unwrap();
    drop(store);
    check_log(place, ACME, None, &[(1, "founded"), (2, "two")]).await;
}

async fn the_last_owner_alone_commits(place: &impl Place) {
    let store = place.open();
    let first = founded(&store, ACME).await;
    let second = store.take(ACME).await.unwrap().epoch;
    assert!(second > first);
    let late = store.commit(commit(ACME, first, 2, "late")).await;
    assert!(matches!(late, Err(CommitError::NotOwner(ACME))), "{late:?}");
    let late = store.keep_snapshot(ACME, first, Snapshot { sequence: 1, state: Vec::new() }).await;
    assert!(matches!(late, Err(CommitError::NotOwner(ACME))), "{late:?}");
    store.commit(commit(ACME, second, 2, "in time")).await.unwrap();
    drop(store);

    let store = place.open();
    let late = store.commit(commit(ACME, first, 3, "late")).await;
    assert!(matches!(late, Err(CommitError::NotOwner(ACME))), "{late:?}");
    let third = store.take(ACME).await.unwrap().epoch;
    assert!(third > second, "owners are counted over restarts");
    drop(store);
    check_log(place, ACME, None, &[(1, "founded"), (2, "in time")]).await;
}

async fn contact_centers_are_listed_in_order_of_foundation(place: &impl Place) {
    let store = place.open();
    assert_eq!(store.centers().await.unwrap(), []);
    let ids: Vec<_> = [9, 3, 7, 1, 5].map(ContactCenterId).into();
    for id in &ids {
        founded(&store, *id).await;
    }
    assert_eq!(store.centers().await.unwrap(), ids);
    drop(store);
    assert_eq!(place.open().centers().await.unwrap(), ids);
}

async fn contact_centers_do_not_mix(place: &impl Place) {
    let store = place.open();
    let acme = founded(&store, ACME).await;
    let bolt = founded(&store, BOLT).await;
    store.commit(commit(BOLT, bolt, 2, "bolt")).await.unwrap();
    store.commit(commit(ACME, acme, 2, "acme")).await.unwrap();
    store.keep_snapshot(BOLT, bolt, Snapshot { sequence: 1, state: b"old".to_vec() }).await.unwrap();
    store.keep_snapshot(BOLT, bolt, Snapshot { sequence: 2, state: b"new".to_vec() }).await.unwrap();
    let mut of_bolt = commit(BOLT, bolt, 3, "end");
    of_bolt.ended.push(ended(1, 10));
    store.commit(of_bolt).await.unwrap();
    assert_eq!(store.ended_contact(ACME, ContactId(1)).await.unwrap(), None);
    assert_eq!(store.ended_contacts(ACME, (Timestamp(99), ContactId(0)), 9).await.unwrap(), []);
    drop(store);
    check_log(place, ACME, None, &[(1, "founded"), (2, "acme")]).await;
    check_log(place, BOLT, Some((2, "new")), &[(3, "end")]).await;
}

async fn an_ended_contact_that_comes_again_takes_its_new_form(place: &impl Place) {
    let store = place.open();
    let acme = founded(&store, ACME).await;
    for (sequence, transcript) in [(2, "first"), (3, "second")] {
        let mut batch = commit(ACME, acme, sequence, "end");
        batch.ended.push(EndedContact { transcript: transcript.into(), ..ended(1, 10) });
        store.commit(batch).await.unwrap();
    }
    let kept = store.ended_contacts(ACME, (Timestamp(99), ContactId(0)), 9).await.unwrap();
    assert_eq!(kept, [EndedContact { transcript: b"second".to_vec(), ..ended(1, 10) }]);
}

async fn a_contact_center_is_founded_once(place: &impl Place) {
    let store = place.open();
    founded(&store, ACME).await;
    let again = store.found(ACME, b"again".to_vec()).await;
    assert!(matches!(again, Err(CommitError::NotOwner(ACME))), "{again:?}");
    drop(store);
    check_log(place, ACME, None, &[(1, "founded")]).await;
}

async fn unknown_contact_centers_are_named(place: &impl Place) {
    let store = place.open();
    founded(&store, ACME).await;
    let outcome = store.commit(commit(BOLT, Epoch(1), 1, "")).await;
    assert!(matches!(outcome, Err(CommitError::NotOwner(BOLT))), "{outcome:?}");
    assert!(matches!(store.take(BOLT).await, Err(ReadError::UnknownCenter(BOLT))));
    let outcome = store.ended_contact(BOLT, ContactId(1)).await;
    assert!(matches!(outcome, Err(ReadError::UnknownCenter(BOLT))), "{outcome:?}");
}

async fn loading_begins_at_the_newest_snapshot(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    for (sequence, events) in [(2, "two"), (3, "three"), (4, "four")] {
        store.commit(commit(ACME, epoch, sequence, events)).await.unwrap();
    }
    store.keep_snapshot(ACME, epoch, Snapshot { sequence: 2, state: b"until two".to_vec() }).await.unwrap();
    drop(store);
    check_log(place, ACME, Some((2, "until two")), &[(3, "three"), (4, "four")]).await;

    let store = place.open();
    let epoch = store.take(ACME).await.unwrap().epoch;
    store.keep_snapshot(ACME, epoch, Snapshot { sequence: 3, state: b"until three".to_vec() }).await.unwrap();
    store.keep_snapshot(ACME, epoch, Snapshot { sequence: 3, state: b"once more".to_vec() }).await.unwrap();
    drop(store);
    check_log(place, ACME, Some((3, "once more")), &[(4, "four")]).await;
}

async fn a_snapshot_of_what_was_not_committed_is_refused(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    let early = store.keep_snapshot(ACME, epoch, Snapshot { sequence: 2, state: Vec::new() }).await;
    assert!(matches!(early, Err(CommitError::OutOfOrder { .. })), "{early:?}");
    drop(store);
    check_log(place, ACME, None, &[(1, "founded")]).await;
}

async fn the_log_goes_on_when_snapshots_have_emptied_it(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    store.commit(commit(ACME, epoch, 2, "two")).await.unwrap();
    for sequence in [1, 2] {
        let state = format!("until {sequence}").into();
        store.keep_snapshot(ACME, epoch, Snapshot { sequence, state }).await.unwrap();
    }
    drop(store);
    check_log(place, ACME, Some((2, "until 2")), &[]).await;

    let store = place.open();
    let epoch = store.take(ACME).await.unwrap().epoch;
    let outcome = store.commit(commit(ACME, epoch, 2, "again")).await;
    assert!(matches!(outcome, Err(CommitError::OutOfOrder { last: 2, .. })), "{outcome:?}");
    store.commit(commit(ACME, epoch, 3, "three")).await.unwrap();
    drop(store);
    check_log(place, ACME, Some((2, "until 2")), &[(3, "three")]).await;
}

async fn ended_contacts_come_with_their_batch_or_not_at_all(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    let mut refused = commit(ACME, epoch, 7, "odd");
    refused.ended.push(ended(1, 10));
    assert!(store.commit(refused).await.is_err());
    let mut kept = commit(ACME, epoch, 2, "end");
    kept.ended.push(ended(2, 20));
    store.commit(kept).await.unwrap();
    drop(store);
    let store = place.open();
    assert_eq!(store.ended_contact(ACME, ContactId(1)).await.unwrap(), None);
    assert_eq!(store.ended_contact(ACME, ContactId(2)).await.unwrap(), Some(ended(2, 20)));
}

async fn ended_contacts_are_paged_backward(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    let mut batch = commit(ACME, epoch, 2, "end");
    batch.ended.extend([ended(4, 10), ended(3, 20), ended(2, 20), ended(1, 30)]);
    store.commit(batch).await.unwrap();
    let mut before = (Timestamp(40), ContactId(0));
    let mut seen = Vec::new();
    loop {
        let page = store.ended_contacts(ACME, before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = (last.ended_at, last.id);
        seen.extend(page);
    }
    assert_eq!(seen, [ended(1, 30), ended(3, 20), ended(2, 20), ended(4, 10)]);
}

async fn big_payloads_come_back_whole(place: &impl Place) {
    let store = place.open();
    let epoch = founded(&store, ACME).await;
    let big: String = (0..600_000).map(|number| format!("{number:07},")).collect();
    store.commit(commit(ACME, epoch, 2, &big)).await.unwrap();
    store.keep_snapshot(ACME, epoch, Snapshot { sequence: 1, state: big.clone().into() }).await.unwrap();
    drop(store);
    check_log(place, ACME, Some((1, &big)), &[(2, &big)]).await;
}

async fn many_wait_at_once(place: &impl Place) {
    const CENTERS: u128 = 40;
    const BATCHES: u64 = 25;
    let store = place.open();
    let owners: Vec<_> = (1..=CENTERS)
        .map(|number| {
            let store = store.clone();
            async move {
                let center = ContactCenterId(number);
                let epoch = founded(&store, center).await;
                for sequence in 2..=BATCHES {
                    let events = format!("{number} {sequence}");
                    store.commit(commit(center, epoch, sequence, &events)).await.unwrap();
                }
            }
        })
        .collect();
    let mut tasks = tokio::task::JoinSet::new();
    for owner in owners {
        tasks.spawn(owner);
    }
    while let Some(outcome) = tasks.join_next().await {
        outcome.unwrap();
    }
    drop(store);
    let store = place.open();
    for number in 1..=CENTERS {
        let taken = store.take(ContactCenterId(number)).await.unwrap();
        assert_eq!(taken.batches.len() as u64, BATCHES);
        for batch in taken.batches.iter().skip(1) {
            assert_eq!(batch.events, format!("{number} {}", batch.sequence).into_bytes());
        }
    }
}

async fn the_first_value_of_a_name_stays(place: &impl Place) {
    let store = place.open();
    assert_eq!(store.value_or_keep("secret", b"one".to_vec()).await.unwrap(), b"one");
    assert_eq!(store.value_or_keep("secret", b"two".to_vec()).await.unwrap(), b"one");
    drop(store);
    let store = place.open();
    assert_eq!(store.value_or_keep("secret", b"three".to_vec()).await.unwrap(), b"one");
    assert_eq!(store.value_or_keep("other", b"four".to_vec()).await.unwrap(), b"four");
}
