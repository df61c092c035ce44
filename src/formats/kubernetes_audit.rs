//! The audit log of Kubernetes' API server: who used a cluster, and whom it refused.
//!
//! `{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"create","user":{"username":"kim"},
//! "sourceIPs":["10.0.0.7"],"userAgent":"kubectl/v1.34.0","responseStatus":{"code":201},"stageTimestamp":"…"}`
//!
//! A session is known by its credential's id (`authentication.kubernetes.io/credential-id`); where a record has none, a user
//! at one address is one. Machines' accounts (`system:…`) have none.
//!
//! <https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/>

use super::{
    Format, Input, Sniff,
    lines::{Outcome, text},
    named::{Out, Said, link_of},
    stated::stated_from_text,
    structured::{self, Found, ReadRecord, first_text, in_utc},
};
use crate::model::{EventFlags, EventKind, EventStore, Family, KeyKind, SourceReport, Stated};

/// The format.
#[derive(Debug)]
pub(super) struct KubernetesAudit;

impl Format for KubernetesAudit {
    fn id(&self) -> &'static str {
        "kubernetes_audit"
    }

    fn title(&self) -> &'static str {
        "Kubernetes audit log"
    }

    fn reference(&self) -> &'static str {
        "https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/"
    }

    fn example(&self) -> &'static str {
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"create","user":{"username":"kim"},"sourceIPs":["10.0.0.7"],"userAgent":"kubectl/v1.34.0","responseStatus":{"code":201},"stageTimestamp":"2026-11-23T07:39:18.263Z"}"#
    }

    fn family(&self) -> Family {
        Family::Named
    }

    fn sniff(&self, head: &[u8]) -> Sniff {
        structured::sniff::<Reader>(head, "of `audit.k8s.io`")
    }

    fn read(&self, input: &Input<'_>, events: &mut EventStore, report: &mut SourceReport) {
        structured::read::<Reader>(input, events, report);
        report.producer = Some("kube-apiserver".to_owned());
    }
}

const VERSION: u8 = 0;
const TIME: u8 = 1;
const STAGE: u8 = 2;
const VERB: u8 = 3;
const USER: u8 = 4;
const CREDENTIAL: u8 = 5;
const ADDRESSES: u8 = 6;
const AGENT: u8 = 7;
const CODE: u8 = 8;
const MESSAGE: u8 = 9;
const RESOURCE: u8 = 10;
const URI: u8 = 11;

#[derive(Debug, Default)]
struct Reader;

impl ReadRecord for Reader {
    const FIELDS: &'static [(&'static str, u8)] = &[
        ("apiVersion", VERSION),
        ("stageTimestamp", TIME),
        ("requestReceivedTimestamp", TIME),
        ("timestamp", TIME),
        ("stage", STAGE),
        ("verb", VERB),
        ("user/username", USER),
        ("user>extra>authentication.kubernetes.io/credential-id", CREDENTIAL),
        ("sourceIPs", ADDRESSES),
        ("userAgent", AGENT),
        ("responseStatus/code", CODE),
        ("responseStatus/message", MESSAGE),
        ("objectRef/resource", RESOURCE),
        ("requestURI", URI),
    ];
    const LISTS: &'static [&'static str] = &["items"];

    fn is_ours(found: &Found<'_>) -> bool {
        found.raw(VERSION).starts_with(b"audit.k8s.io/")
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(TIME, out.stamps).map(in_utc) else {
            return Outcome::Unreadable("expected an audit event with its time, found one without");
        };
        out.note(stamp);
        // Each request is told once for each stage that it reaches.
        if !matches!(found.raw(STAGE), b"ResponseComplete" | b"ResponseStarted" | b"") {
            return Outcome::Record;
        }
        let user = found.get(USER);
        let verb = found.get(VERB);
        let (kind, stated) = match found.raw(CODE) {
            b"401" => match stated_from_text(&text(&found.get(MESSAGE))) {
                Stated::Nothing => (EventKind::Rejection, Stated::Unauthenticated),
                stated => (EventKind::Rejection, stated),
            },
            _ if user.is_empty() || user.starts_with(b"system:") => return Outcome::Record,
            b"403" => (EventKind::Denied, Stated::Forbidden),
            _ if &*verb == b"watch" => (EventKind::Background, Stated::Nothing),
            _ if found.raw(AGENT).starts_with(b"kubectl") || !matches!(&*verb, b"get" | b"list") => {
                (EventKind::Activity, Stated::Nothing)
            }
            _ => (EventKind::Background, Stated::Nothing),
        };
        let address = first_text(found.raw(ADDRESSES));
        let credential = first_text(found.raw(CREDENTIAL));
        let (link, flags) = match () {
            () if user.is_empty() || user.starts_with(b"system:") => (0, EventFlags::default()),
            () if credential.is_empty() => (link_of(&[&user, &address]), EventFlags::UNNAMED),
            () => (link_of(&[&user, &credential]), EventFlags::default()),
        };
        let about = found.get(if found.has(RESOURCE) { RESOURCE } else { URI });
        let about = text(&about);
        let what = format!("{} {}", text(&verb), about.split('?').next().unwrap_or_default());
        out.push(
            stamp.at,
            &Said {
                user: &user,
                client: &address,
                app: "Kubernetes",
                link,
                flags,
                ids: &[(KeyKind::Token, "credential-id", &credential)],
                ..Said::new(kind, stated, &what)
            },
        );
        Outcome::Record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::structured::testing::{read, said};

    fn one(verb: &str, user: &str, agent: &str, code: u16) -> String {
        let record = format!(
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a","stage":"ResponseComplete","requestURI":"/api/v1/pods?limit=500","verb":"{verb}","user":{{"username":"{user}","extra":{{"authentication.kubernetes.io/credential-id":["JTI=1"]}}}},"sourceIPs":["10.0.0.7","10.0.0.1"],"userAgent":"{agent}","objectRef":{{"resource":"pods"}},"responseStatus":{{"code":{code}}},"requestReceivedTimestamp":"2026-11-23T07:39:17.000000Z","stageTimestamp":"2026-11-23T07:39:18.000000Z"}}"#
        );
        let lines = said::<Reader>(&format!("{record}\n")).join(" | ");
        let list = format!("{{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[{record}]}}");
        assert_eq!(said::<Reader>(&list).join(" | "), lines);
        assert_eq!(KubernetesAudit.sniff(list.as_bytes()), Sniff::Certain);
        lines
    }

    #[test]
    fn each_answer_says_what_happened() {
        let table = [
            ("create", "kim", "kubectl/v1.34.0", 201, "Activity Nothing kim@10.0.0.7 Kubernetes: create pods"),
            ("get", "kim", "kubectl/v1.34.0", 200, "Activity Nothing kim@10.0.0.7 Kubernetes: get pods"),
            ("list", "kim", "dashboard/1", 200, "Background Nothing kim@10.0.0.7 Kubernetes: list pods"),
            ("delete", "kim", "dashboard/1", 200, "Activity Nothing kim@10.0.0.7 Kubernetes: delete pods"),
            ("watch", "kim", "kubectl/v1.34.0", 200, "Background Nothing kim@10.0.0.7 Kubernetes: watch pods"),
            ("get", "kim", "kubectl/v1.34.0", 403, "Denied Forbidden kim@10.0.0.7 Kubernetes: get pods"),
            ("get", "", "kubectl/v1.34.0", 401, "Rejection Unauthenticated @10.0.0.7 Kubernetes: get pods"),
        ];
        for (verb, user, agent, code, expected) in table {
            assert_eq!(one(verb, user, agent, code), format!("07:39:18 {expected}"));
        }
        for user in ["system:serviceaccount:kube-system:x", "system:node:n1", "system:anonymous"] {
            assert_eq!(one("get", user, "kubelet/v1", 200), "", "{user}");
        }
        let early = r#"{"apiVersion":"audit.k8s.io/v1","stage":"RequestReceived","verb":"get","user":{"username":"kim"},"stageTimestamp":"2026-11-23T07:39:18Z"}"#;
        assert_eq!(said::<Reader>(early), Vec::<String>::new());
        let (_, report) = read::<Reader>("{\"apiVersion\":\"audit.k8s.io/v1\"}\n{\"apiVer");
        assert_eq!((report.records, report.unreadable), (0, 2));
    }
}
