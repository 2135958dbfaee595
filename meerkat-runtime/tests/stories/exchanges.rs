//! Requests between peers, and streams: by their numbers, told once, forgotten.

use std::sync::Arc;
use std::time::Duration;

use meerkat_runtime::store::MemoryStore;
use meerkat_runtime::{
    MeerkatMachine, MeerkatMachineEffect, OwedReply, Reply, RequestId, RequestOutcome, RuntimeEventKind, SentRequest,
    StreamEnd, StreamId,
};

use crate::support::{id, machine, options, within};

fn request(number: u64) -> RequestId {
    RequestId::from_number(number)
}

fn stream(number: u64) -> StreamId {
    StreamId::from_number(number)
}

#[tokio::test]
async fn a_request_is_settled_once_by_whom_it_was_sent_to_and_forgotten() {
    within(async {
        let machine = machine();
        let mut events = machine.subscribe();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let requests = handle.requests();
        let outcome = requests.send(request(1), "ann").await.unwrap();
        let failure = requests.send(request(2), "bob").await.unwrap();
        let silence = requests.send(request(3), "ann").await.unwrap();
        assert_eq!(requests.send(request(1), "bob").await.unwrap_err().code(), "peers.request_exists");
        for foreign in [requests.answered(request(1), "bob").await, requests.answered(request(1), "eve").await] {
            assert_eq!(foreign.unwrap_err().code(), "peers.request_of_another_peer");
        }
        assert_eq!(requests.progressed(request(1), "ann").await.unwrap(), 1);
        let sent = SentRequest { peer: "ann".into(), progress: 1 };
        assert_eq!(requests.sent(request(1)).await.unwrap(), sent);
        assert_eq!(requests.time_out(request(1), 0).await.unwrap_err().code(), "peers.request_heard_of");
        requests.answered(request(1), "ann").await.unwrap();
        assert_eq!(outcome.await.unwrap(), RequestOutcome::Answered);
        for late in [
            requests.answered(request(1), "ann").await,
            requests.time_out(request(1), 1).await,
            requests.sent(request(1)).await.map(drop),
        ] {
            assert_eq!(late.unwrap_err().code(), "peers.request_unknown");
        }
        requests.failed(request(2), "bob").await.unwrap();
        assert_eq!(failure.await.unwrap(), RequestOutcome::Failed);
        requests.time_out(request(3), 0).await.unwrap();
        assert_eq!(silence.await.unwrap(), RequestOutcome::TimedOut);
        let again = requests.send(request(1), "bob").await.unwrap();
        handle.reset().await.unwrap();
        assert_eq!(again.await.unwrap(), RequestOutcome::Abandoned);
        let mut settled = Vec::new();
        while settled.len() < 4 {
            let event = events.next().await.unwrap().unwrap();
            if let RuntimeEventKind::Effect(MeerkatMachineEffect::RequestSettled { request, .. }) = event.kind {
                settled.push(request.number());
            }
        }
        assert_eq!(settled, [1, 2, 3, 1]);
    })
    .await;
}

#[tokio::test]
async fn what_waits_in_a_process_ends_with_the_registration_and_with_the_process() {
    within(async {
        let store = MemoryStore::new();
        let open = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = open();
        let handle = first.register_session(&id("s")).await.unwrap();
        let outcome = handle.requests().send(request(1), "ann").await.unwrap();
        let end = handle.streams().reserve(stream(1)).await.unwrap();
        first.shutdown(Duration::from_secs(5)).await;
        assert_eq!(outcome.await.unwrap(), RequestOutcome::Abandoned);
        assert_eq!(end.await.unwrap(), StreamEnd::ClosedEarly);
        let second = open();
        let handle = second.register_session(&id("s")).await.unwrap();
        let outcome = handle.requests().send(request(1), "ann").await.unwrap();
        let end = handle.streams().reserve(stream(2)).await.unwrap();
        drop(second);
        assert_eq!(outcome.await.unwrap_err().code(), "runtime.shut_down");
        assert_eq!(end.await.unwrap_err().code(), "runtime.shut_down");
        let third = open();
        let handle = third.register_session(&id("s")).await.unwrap();
        assert_eq!(handle.requests().answered(request(1), "ann").await.unwrap_err().code(), "peers.request_unknown");
        assert_eq!(handle.streams().close(stream(2)).await.unwrap_err().code(), "peers.stream_unknown");
        let _outcome = handle.requests().send(request(1), "ann").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_owed_across_a_crash_given_once_and_forgotten_when_delivered() {
    within(async {
        let store = MemoryStore::new();
        let open = || MeerkatMachine::persistent(Arc::new(store.reopen())).with_options(options());
        let first = open();
        let handle = first.register_session(&id("s")).await.unwrap();
        for (number, peer) in [(1, "ann"), (2, "bob")] {
            handle.requests().received(request(number), peer).await.unwrap();
        }
        assert_eq!(handle.requests().received(request(1), "ann").await.unwrap_err().code(), "peers.request_exists");
        drop(first);
        let second = open();
        let handle = second.register_session(&id("s")).await.unwrap();
        let requests = handle.requests();
        assert_eq!(requests.delivered(request(1)).await.unwrap_err().code(), "peers.request_unanswered");
        requests.reply(request(1), Reply::Answer).await.unwrap();
        assert_eq!(requests.reply(request(1), Reply::Refusal).await.unwrap_err().code(), "peers.request_answered");
        let unanswered = OwedReply::Unanswered { request: request(2), peer: "bob".into() };
        let undelivered = |number, reply| OwedReply::Undelivered { request: request(number), reply };
        assert_eq!(requests.owed().await.unwrap(), [undelivered(1, Reply::Answer), unanswered]);
        requests.delivered(request(1)).await.unwrap();
        assert_eq!(requests.reply(request(1), Reply::Answer).await.unwrap_err().code(), "peers.request_unknown");
        handle.stop().await.unwrap();
        assert_eq!(requests.owed().await.unwrap(), [undelivered(2, Reply::Refusal)]);
        assert_eq!(requests.received(request(3), "ann").await.unwrap_err().code(), "runtime.stopped");
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_once_in_the_way_that_its_phase_allows() {
    within(async {
        let machine = machine();
        let handle = machine.register_session(&id("s")).await.unwrap();
        let streams = handle.streams();
        let mut ends = Vec::new();
        for number in 1..=4 {
            ends.push(streams.reserve(stream(number)).await.unwrap());
        }
        assert_eq!(streams.reserve(stream(1)).await.unwrap_err().code(), "peers.stream_exists");
        assert_eq!(streams.complete(stream(1)).await.unwrap_err().code(), "peers.stream_without_reader");
        for number in [1, 3] {
            streams.attach(stream(number)).await.unwrap();
        }
        assert_eq!(streams.attach(stream(1)).await.unwrap_err().code(), "peers.stream_has_reader");
        assert_eq!(streams.expire(stream(1)).await.unwrap_err().code(), "peers.stream_has_reader");
        streams.complete(stream(1)).await.unwrap();
        streams.expire(stream(2)).await.unwrap();
        streams.close(stream(3)).await.unwrap();
        handle.destroy().await.unwrap();
        let expected = [StreamEnd::Completed, StreamEnd::Expired, StreamEnd::ClosedEarly, StreamEnd::ClosedEarly];
        for (end, expected) in ends.into_iter().zip(expected) {
            assert_eq!(end.await.unwrap(), expected);
        }
        for number in 1..=4 {
            assert_eq!(streams.close(stream(number)).await.unwrap_err().code(), "peers.stream_unknown");
        }
    })
    .await;
}
