//! Chats as agents and supervisors operate and read them.

use super::*;

/// A chat under supervision.
struct Scene {
    center: Center,
    anna: UserId,
    sam: UserId,
    chat: String,
    customers: String,
}

async fn scene() -> Scene {
    let center = Center::open().await;
    let anna = center.ready_agent("anna").await;
    let sam = center.supervisor("sam").await;
    let (customers, chat) = center.chat_with(anna).await;
    Scene { center, anna, sam, chat, customers }
}

impl Scene {
    async fn operate(&self, user: UserId, body: Value) -> Answer {
        self.center.post(user, &format!("/me/chats/{}", self.chat), body).await
    }

    async fn read(&self, user: UserId) -> Value {
        self.center.get(user, &format!("/me/chats/{}", self.chat)).await.done()["chat"].take()
    }

    async fn intrude(&self, body: Value) -> Answer {
        self.center.post(self.sam, &format!("/users/{}/chats/{}", self.anna, self.chat), body).await
    }
}

fn operation(name: &str) -> Value {
    json!({"operationName": name})
}

#[tokio::test]
async fn a_chat_is_read_as_links_whole_and_alone() {
    let Scene { center, anna, chat, .. } = scene().await;
    let uri = format!("{}/chats/{chat}", center.app.base);
    assert_eq!(center.get(anna, "/me/chats").await.done(), json!({"statusCode": 0, "uris": [uri]}));
    let listed = center.get(anna, "/me/chats/?fields=*").await.done()["chats"][0].take();
    let alone = center.get(anna, &format!("/me/chats/{chat}")).await.done()["chat"].take();
    let alias = center.get(anna, &format!("/chats/{chat}")).await.done()["chat"].take();
    let of_me = center.get(anna, "/me?subresources=*").await.done()["user"].take();
    assert_eq!((&listed, &alone, &of_me["chats"][0]), (&alone, &alias, &alias));
    assert_eq!(of_me["interactions"], json!([alone]));
    assert_eq!((&alone["uri"], &alone["userData"]), (&json!(uri), &json!({"Subject": "Parcel"})));
    assert_eq!(center.get(anna, "/me/smssessions").await.done()["uris"], json!([]));
    center.get(anna, &format!("/me/smssessions/{chat}")).await.refused(404, 6);
}

#[tokio::test]
async fn messages_are_read_by_index_and_count() {
    let scene = scene().await;
    for text in ["one", "two"] {
        scene.operate(scene.anna, json!({"operationName": "SendMessage", "text": text})).await.done();
    }
    let read = async |query: &str| {
        let path = format!("/me/chats/{}/messages?{query}", scene.chat);
        let messages = scene.center.get(scene.anna, &path).await.done()["messages"].take();
        let indices = messages.as_array().expect("messages").iter().map(|one| one["index"].as_u64());
        indices.map(Option::unwrap_or_default).collect::<Vec<_>>()
    };
    assert_eq!(read("").await, [1, 2, 3, 4]);
    assert_eq!(read("startIndex=0&count=0").await, [1, 2, 3, 4]);
    assert_eq!(read("startIndex=2&count=2").await, [2, 3]);
    assert_eq!(read("startIndex=9").await, [0; 0]);
    let wrong = format!("/me/chats/{}/messages?startIndex=first", scene.chat);
    assert!(scene.center.get(scene.anna, &wrong).await.refused(400, 10).contains("startIndex"));
}

#[tokio::test]
async fn operations_that_are_numbered_tell_their_number_and_others_do_not() {
    let scene = scene().await;
    let data =
        json!({"operationName": "AttachUserData", "userData": {"OrderNo": "88-1", "Count": 2, "None": null}});
    assert_eq!(scene.operate(scene.anna, data).await.done(), json!({"statusCode": 0, "referenceId": 1}));
    let deleted = json!({"operationName": "DeleteUserData", "keys": ["None", "unknown"]});
    scene.operate(scene.anna, deleted).await.done();
    let disposition = json!({"operationName": "SetDisposition", "disposition": "Sold"});
    scene.operate(scene.anna, disposition).await.done();
    let expected = json!({"Subject": "Parcel", "OrderNo": "88-1", "Count": 2, "DispositionCode": "Sold"});
    assert_eq!(scene.read(scene.anna).await["userData"], expected);
    assert_eq!(scene.operate(scene.anna, operation("SetInFocus")).await.done(), json!({"statusCode": 0}));
}

#[tokio::test]
async fn a_supervisor_intrudes_switches_and_leaves() {
    let scene = scene().await;
    let running = scene.center.get(scene.sam, &format!("/users/{}/chats?fields=*", scene.anna)).await.done();
    assert_eq!(
        (&running["chats"][0]["id"], &running["chats"][0]["capabilities"]),
        (&json!(scene.chat), &json!([]))
    );
    let user = format!("/users/{}?subresources=chats", scene.anna);
    assert_eq!(scene.center.get(scene.sam, &user).await.done()["user"]["chats"], running["chats"]);

    let message = scene.intrude(operation("Intrude")).await.refused(400, 2);
    assert!(message.contains("supervisorVisibilityMode"), "{message}");
    scene.intrude(json!({"operationName": "Intrude", "supervisorVisibilityMode": "Coach"})).await.done();
    assert_eq!(scene.read(scene.sam).await["state"], "Invited");
    scene.operate(scene.sam, operation("Accept")).await.done();
    let coached = scene.read(scene.sam).await;
    assert_eq!(coached["perception"].as_array().map(Vec::len), Some(3), "{coached}");
    assert!(scene.read(scene.anna).await.get("perception").is_none());

    for (switch, last_two) in [
        ("SwitchToMonitor", ["SwitchToCoach", "SwitchBargeIn"]),
        ("SwitchBargeIn", ["SwitchToMonitor", "SwitchToCoach"]),
        ("SwitchToCoach", ["SwitchToMonitor", "SwitchBargeIn"]),
    ] {
        scene.operate(scene.sam, operation(switch)).await.done();
        let listed = scene.read(scene.sam).await["capabilities"].take();
        let listed = listed.as_array().expect("capabilities");
        assert_eq!(listed[listed.len() - 2..], json!(last_two).as_array().expect("two")[..]);
        scene.operate(scene.sam, operation(switch)).await.refused(400, 2);
    }
    scene.operate(scene.sam, operation("SwitchToMonitor")).await.done();
    let words = json!({"operationName": "SendToAgents", "text": "x"});
    scene.operate(scene.sam, words).await.refused(403, 3);
    scene.operate(scene.sam, operation("Leave")).await.done();
    scene.center.get(scene.sam, &format!("/me/chats/{}", scene.chat)).await.refused(404, 6);
}

#[tokio::test]
async fn a_supervisor_joins_at_once_if_asked_to() {
    let scene = scene().await;
    let request = json!({"operationName": "Intrude", "supervisorVisibilityMode": "BargeIn", "autoAccept": true,
        "nickname": "Boss"});
    scene.intrude(request.clone()).await.done();
    let read = scene.read(scene.sam).await;
    assert_eq!((&read["state"], &read["participants"][1]["nickname"]), (&json!("Chatting"), &json!("Boss")));
    scene.intrude(request).await.refused(400, 2);
}

#[tokio::test]
async fn what_a_coach_says_stays_from_the_customer() {
    let scene = scene().await;
    let channel = format!("/users/{}/channels/chat", scene.anna);
    let now = json!({"operationName": "Coach", "supervisorMonitoringMode": "CurrentChat"});
    scene.center.post(scene.sam, &channel, now).await.done();
    scene.operate(scene.sam, json!({"operationName": "SendMessage", "text": "psst"})).await.done();
    let path = format!("/chats/{}/messages?index=0", scene.customers);
    let heard = scene.center.visit(Method::GET, &path, Value::Null).await.done().to_string();
    assert!(!heard.contains("psst") && !heard.contains("sam"), "{heard}");
    let read = scene.center.get(scene.anna, &format!("/me/chats/{}/messages", scene.chat)).await.done();
    assert!(read.to_string().contains("psst"), "{read}");
}

#[tokio::test]
async fn an_address_is_sent_with_a_text_before_it_or_not_at_all() {
    let scene = scene().await;
    let body = json!({"operationName": "SendUrl", "url": "https://a.example", "text": "Look:"});
    scene.operate(scene.anna, body.clone()).await.done();
    let path = format!("/me/chats/{}/messages?startIndex=3", scene.chat);
    let said = scene.center.get(scene.anna, &path).await.done()["messages"].take();
    assert_eq!((&said[0]["text"], &said[1]["url"]), (&json!("Look:"), &json!("https://a.example")));
    scene
        .intrude(
            json!({"operationName": "Intrude", "supervisorVisibilityMode": "BargeIn", "autoAccept": true}),
        )
        .await
        .done();
    scene.operate(scene.sam, body).await.refused(400, 2);
    let log = scene.center.get(scene.anna, &path).await.done()["messages"].take();
    assert_eq!(log.as_array().map(Vec::len), Some(3), "the supervisor's arrival, and no text: {log}");
}

#[tokio::test]
async fn unknown_targets_name_the_parameters() {
    let scene = scene().await;
    let nobody = "/users/00000000000000000000000000000000";
    for (body, named) in [
        (json!({"operationName": "Invite", "targetPath": nobody}), "targetPath"),
        (json!({"operationName": "Consult", "targetUri": "/users/nobody"}), "targetUri"),
        (json!({"operationName": "Transfer", "queueName": "nowhere"}), "queueName"),
        (json!({"operationName": "Complete", "queueName": "nowhere"}), "queueName"),
    ] {
        let message = scene.operate(scene.anna, body).await.refused(404, 6);
        assert!(message.contains(named), "{message}");
    }
}

#[tokio::test]
async fn an_agent_is_found_by_the_path_of_the_directory_too() {
    let scene = scene().await;
    let bela = scene.center.ready_agent("bela").await;
    let target = json!({"operationName": "Consult", "targetUri": format!("http://x/api/v2/contacts/{bela}")});
    let answer = scene.operate(scene.anna, target).await.done();
    assert!(answer["referenceId"].is_number(), "{answer}");
    assert_eq!(scene.read(bela).await["state"], "Invited");
}

#[tokio::test]
async fn other_peoples_chats_are_unknown() {
    let scene = scene().await;
    let bela = scene.center.ready_agent("bela").await;
    let unknown = format!("/me/chats/{}", "0".repeat(16));
    for path in [format!("/me/chats/{}", scene.chat), unknown, "/me/chats/x".to_owned()] {
        for path in [path.clone(), format!("{path}/messages")] {
            assert_eq!(scene.center.get(bela, &path).await.refused(404, 6), "Session not found");
        }
        let answer = scene.center.post(bela, &path, operation("SwitchToCoach")).await;
        assert_eq!(answer.refused(404, 6), "Session not found");
    }
}

#[tokio::test]
async fn without_the_feature_there_are_no_chats() {
    let scene = scene().await;
    let admin = scene.center.admin;
    scene.center.delete(admin, "/features/api-multimedia").await.done();
    scene.center.get(scene.anna, "/me/chats").await.refused(404, 6);
    scene.center.get(scene.anna, &format!("/me/chats/{}", scene.chat)).await.refused(404, 6);
    let request = json!({"operationName": "RequestChat", "nickname": "Milo"});
    scene.center.visit(Method::POST, "/chats", request).await.refused(404, 6);
    let channel = format!("/users/{}/channels/chat", scene.anna);
    scene.center.post(scene.sam, &channel, operation("Monitor")).await.refused(403, 5);
    scene.center.put(admin, "/features/api-multimedia", Value::Null).await.done();
    scene.center.get(scene.anna, "/me/chats").await.done();
}
