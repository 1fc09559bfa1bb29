//! The documented page of `Coach`, sentence by sentence, on chats and on sessions of texts.

use serde_json::{Value, json};
use test_kit::Notification;

use crate::center::visibility_of;
use crate::seed_switch_to_coach::as_printed_answer;
use crate::supervision::on_both_media;

#[tokio::test]
async fn what_the_page_of_coach_says_holds() {
    on_both_media(async |center| {
        let agent = center.ready_agent("test_agent").await;
        let supervisor = center.supervisor("test_supervisor").await;
        let running = center.conversation(&agent, "Xenia").await;
        // The printed request, to the printed place; its answer.
        let path = format!("/api/v2/users/{}/channels/{}", agent.person.id, center.medium.channel);
        let request = json!({"operationName": "Coach", "supervisorMonitoringMode": "NextChat"});
        let answer = supervisor.http.post(&path, &request).await.expect("an answer").success();
        assert_eq!(as_printed_answer(answer), json!({"statusCode": 0}));

        // "If the agent is currently in an SMS session, the supervisor will be added to the agent's next": under
        // the user name, if no nickname was given.
        let next = center.conversation(&agent, "Yuri").await;
        let delivered = supervisor.inbox.status(&next.id, "Chatting").await;
        assert_eq!(delivered.data["notificationType"], "StatusChange");
        let present = |it: &Notification| visibility_of(it, "test_supervisor") == "Agents";
        agent.inbox.participants(0, &next.id, "the coach", present).await;

        // "Only the agent can see the supervisor's messages."
        for (operation, text) in [("SendToAgents", "offer a voucher"), ("SendMessage", "be kind")] {
            supervisor.operate(&next.id, operation, json!({"text": text})).await;
            assert_eq!(agent.inbox.text(&next.id, text).await["visibility"], "Agents");
        }
        next.customer_read_only(&agent, &[]).await;
        next.customer.never_saw("test_supervisor").await;

        // "Then stop monitoring."
        let later = center.conversation(&agent, "Zoe").await;
        assert_eq!(ids_of(&supervisor.chats().await), [next.id.as_str()]);

        // "The supervisor can leave an SMS session at any time."
        supervisor.operate(&next.id, "Leave", Value::Null).await;
        supervisor.inbox.status(&next.id, "Completed").await;
        for conversation in [&running, &later] {
            conversation.customer_read_only(&agent, &[]).await;
        }
        next.customer.say("Still here.").await;
        agent.inbox.text(&next.id, "Still here.").await;
    })
    .await;
}

fn ids_of(conversations: &[Value]) -> Vec<&str> {
    conversations.iter().filter_map(|it| it["id"].as_str()).collect()
}
