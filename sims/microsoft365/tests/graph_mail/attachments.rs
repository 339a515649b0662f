//! Attachments: files, inline images, messages within messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::world::{World, world};

const MAIL: &str = "From: a@b.example\r\nSubject: s\r\nMessage-ID: <1@b.example>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
--x\r\nContent-Type: text/html\r\n\r\n<p>see <img src=\"cid:logo\"></p>\r\n\
--x\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
--x\r\nContent-Type: application/pdf; name=\"offer.pdf\"\r\nContent-Disposition: attachment; filename=\"offer.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n\
--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: inner\r\nMessage-ID: <2@d.example>\r\n\r\ninside\r\n--x--\r\n";

async fn path(world: &World) -> String {
    format!("/me/messages/{}", world.mime(MAIL).id)
}

#[tokio::test]
async fn the_list_tells_files_from_messages() {
    let world = world();
    let path = path(&world).await;
    let json = world.get(&format!("{path}/attachments")).await.json();
    let rows = json["value"].as_array().unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| (row["@odata.type"].as_str().unwrap(), row["name"].as_str().unwrap())).collect();
    assert_eq!(
        kinds,
        [
            ("#microsoft.graph.fileAttachment", "logo.png"),
            ("#microsoft.graph.fileAttachment", "offer.pdf"),
            ("#microsoft.graph.itemAttachment", "inner")
        ]
    );
    assert_eq!((rows[0]["isInline"].as_bool(), rows[0]["contentId"].as_str()), (Some(true), Some("logo")));
    assert_eq!(rows[1]["contentBytes"], STANDARD.encode(b"%PDF-"));
    assert!(rows[1]["size"].as_u64().unwrap() > 5);
    assert!(rows[2].get("item").is_none() && rows[2].get("contentBytes").is_none());
    assert_eq!(world.get(&path).await.json()["hasAttachments"], true);
    let ids = world.get(&format!("{path}/attachments?$select=id,name&$filter=name eq 'x'")).await.json();
    assert_eq!(ids["value"].as_array().unwrap().len(), 3);
    assert!(ids["value"][1].get("contentBytes").is_none());
}

#[tokio::test]
async fn one_attachment_and_its_bytes_are_found_by_id() {
    let world = world();
    let path = path(&world).await;
    let ids = world.get(&format!("{path}/attachments")).await.column("id");
    let one = world.get(&format!("{path}/attachments/{}", ids[1])).await.json();
    assert_eq!((one["name"].as_str(), one["contentType"].as_str()), (Some("offer.pdf"), Some("application/pdf")));
    let bytes = world.get(&format!("{path}/attachments('{}')/$value", ids[1])).await;
    assert_eq!((bytes.body.as_ref(), bytes.header("content-type")), (&b"%PDF-"[..], "application/pdf"));
    let inner = world.get(&format!("{path}/attachments/{}/$value", ids[2])).await;
    assert!(inner.body.starts_with(b"From: c@d.example"));
    assert_eq!(world.get(&format!("{path}/attachments/AAAA")).await.code(), "ErrorItemNotFound");
}

#[tokio::test]
async fn the_inside_of_a_message_is_expanded_on_request() {
    let world = world();
    let path = path(&world).await;
    let id = world.get(&format!("{path}/attachments")).await.column("id").remove(2);
    let json = world.get(&format!("{path}/attachments/{id}?$expand=microsoft.graph.itemAttachment/item")).await.json();
    assert_eq!((json["item"]["subject"].as_str(), json["item"]["@odata.type"].as_str()), (Some("inner"), Some("#microsoft.graph.message")));
    let expanded = world.get(&format!("{path}?$select=subject&$expand=attachments($select=name)")).await.json();
    assert_eq!(expanded["attachments"][1]["name"], "offer.pdf");
    assert!(expanded["attachments"][1].get("contentBytes").is_none());
}
