use super::*;
use crate::formats::structured::testing::{read, said};

const SECURITY: &str = "Microsoft-Windows-Security-Auditing";
const DESKTOPS: &str = "Microsoft-Windows-TerminalServices-LocalSessionManager";

/// What an event says, in each of the shapes that it comes in.
fn one(id: u32, provider: &str, data: &[(&str, &str)]) -> String {
    let elements: Vec<String> =
        data.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>")).collect();
    let xml = format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}' Guid='{{5}}'/><EventID Qualifiers='0'>{id}</EventID><TimeCreated SystemTime='2026-11-23T07:39:18.2630000Z'/><Channel>Any</Channel><Computer>desk1</Computer></System><EventData>{}</EventData></Event>",
        elements.concat()
    );
    let members: Vec<String> = data.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let members = members.join(",");
    let flat = if members.is_empty() { String::new() } else { format!(",{members}") };
    let lines = said::<Reader>(&format!("<?xml version=\"1.0\"?><Events>{xml}</Events>")).join(" | ");
    for packed in [
        format!("{xml}\n"),
        format!(
            r##"{{"Event":{{"#attributes":{{"xmlns":"x"}},"System":{{"Provider":{{"#attributes":{{"Name":"{provider}"}}}},"EventID":{{"#attributes":{{"Qualifiers":0}},"#text":{id}}},"TimeCreated":{{"#attributes":{{"SystemTime":"2026-11-23T07:39:18.263000Z"}}}},"Channel":"Any","Computer":"desk1"}},"EventData":{{{members}}}}}}}"##
        ) + "\n",
        format!(
            r#"{{"@timestamp":"2026-11-23T07:39:18.263Z","winlog":{{"event_id":{id},"computer_name":"desk1","channel":"Any","provider_name":"{provider}","event_data":{{{members}}}}}}}"#
        ) + "\n",
        format!(
            r#"{{"EventID":{id},"@timestamp":"2026-11-23T07:39:18.263Z","EventTime":"2026-11-23 03:39:18","Hostname":"desk1","Channel":"Any","SourceName":"{provider}"{flat}}}"#
        ) + "\n",
    ] {
        assert_eq!(said::<Reader>(&packed).join(" | "), lines, "{packed}");
        assert_eq!(WindowsEvents.sniff(packed.as_bytes()), Sniff::Certain);
    }
    lines
}

fn logon(kind: &str, user: &str, more: &[(&str, &str)]) -> String {
    let mut data =
        vec![("TargetUserName", user), ("TargetLogonId", "0x1E3237"), ("LogonType", kind), ("IpAddress", "10.0.0.7")];
    data.extend_from_slice(more);
    one(4624, SECURITY, &data)
}

#[test]
fn only_a_person_at_a_desk_begins_a_session() {
    for kind in ["2", "10", "11", "12", "13"] {
        let expected = format!("07:39:18 SignIn Nothing kim@10.0.0.7 Windows on desk1: 4624: Logon type {kind}");
        assert_eq!(logon(kind, "kim", &[]), expected);
    }
    for kind in ["3", "4", "5", "7", "8", "9", "0"] {
        assert_eq!(logon(kind, "kim", &[]), "", "logon type {kind}");
    }
    for user in ["DESK1$", "SYSTEM", "DWM-1", "UMFD-2", "ANONYMOUS LOGON"] {
        assert_eq!(logon("2", user, &[]), "", "{user}");
    }
    assert_eq!(logon("2", "kim", &[("TargetUserSid", "S-1-5-90-0-1")]), "");
    assert_eq!(logon("2", "kim", &[("ElevatedToken", "%%1842"), ("TargetLinkedLogonId", "0x1e3300")]), "");
    assert_ne!(logon("2", "kim", &[("ElevatedToken", "%%1842"), ("TargetLinkedLogonId", "0x0")]), "");
}

#[test]
fn each_event_of_a_logon_says_what_happened() {
    let data = [("TargetUserName", "kim"), ("TargetLogonId", "0x1e3237"), ("LogonType", "2")];
    let table = [
        (4634, "Close Nothing @ Windows on desk1: 4634"),
        (4647, "Close LoggedOut kim@ Windows on desk1: 4647"),
        (4800, "Neutral Nothing kim@ Windows on desk1: The desk was locked"),
        (4801, "Activity Nothing kim@ Windows on desk1: The desk was unlocked"),
        (4740, "AccountLocked AccountLocked kim@ Windows on desk1: 4740"),
        (4767, "AccountUnlocked Nothing kim@ Windows on desk1: 4767"),
        (4725, "AccountLocked AccountDisabled kim@ Windows on desk1: 4725"),
        (4724, "Operator PasswordChanged kim@ Windows on desk1: "),
    ];
    for (id, expected) in table {
        let line = one(id, SECURITY, &data);
        assert!(line.starts_with(&format!("07:39:18 {expected}")), "{id}: {line}");
    }
    let desk = [("AccountName", "kim"), ("LogonID", "0x1e3237"), ("ClientAddress", "10.0.0.7")];
    assert!(one(4779, SECURITY, &desk).contains("Gap Nothing kim@10.0.0.7"));
    assert!(one(4778, SECURITY, &desk).contains("Activity Nothing kim@10.0.0.7"));
    let service = [("TargetUserName", "kim"), ("TargetLogonId", "0x1e3237"), ("LogonType", "3")];
    assert_eq!(one(4634, SECURITY, &service), "");
    for id in [4672, 4648, 4688, 5156] {
        assert_eq!(one(id, SECURITY, &data), "", "{id}");
    }
}

#[test]
fn each_status_of_a_failed_logon_is_stated() {
    let table = [
        ("0xC0000064", "BadCredentials"),
        ("0xC000006A", "BadCredentials"),
        ("0xC000006D", "BadCredentials"),
        ("0xC0000234", "AccountLocked"),
        ("0xC0000072", "AccountDisabled"),
        ("0xC0000193", "AccountDisabled"),
        ("0xC0000071", "PasswordExpired"),
        ("0xC0000224", "PasswordExpired"),
        ("0xC0000133", "NotYetValid"),
        ("0xC000006F", "Forbidden"),
        ("0xC0000070", "Forbidden"),
        ("0xC000015B", "Forbidden"),
        ("0xC000005E", "PeerGone"),
        ("0xC0000192", "ServerShutdown"),
    ];
    for (status, stated) in table {
        let data =
            [("TargetUserName", "kim"), ("Status", "0xC000006D"), ("SubStatus", status), ("IpAddress", "10.0.0.7")];
        let line = one(4625, SECURITY, &data);
        assert!(line.starts_with(&format!("07:39:18 SignInFailed {stated} kim@10.0.0.7 ")), "{status}: {line}");
        let top = [("TargetUserName", "kim"), ("Status", status), ("SubStatus", "0x0")];
        assert!(one(4625, SECURITY, &top).contains(&format!("SignInFailed {stated} ")), "{status}");
    }
    let kerberos =
        [("0x12", "AccountDisabled"), ("0x17", "PasswordExpired"), ("0x18", "BadCredentials"), ("0x25", "NotYetValid")];
    for (status, stated) in kerberos {
        let data = [("TargetUserName", "kim"), ("Status", status)];
        assert!(one(4771, SECURITY, &data).contains(&format!("SignInFailed {stated} kim@")), "{status}");
    }
    assert_eq!(one(4768, SECURITY, &[("TargetUserName", "kim"), ("Status", "0x0")]), "");
}

#[test]
fn restarts_are_told_by_whoever_tells_them() {
    let table = [
        (1074, "User32", "ServerStop Nothing"),
        (6005, "EventLog", "ServerStart ServerShutdown"),
        (6006, "EventLog", "ServerStop ServerShutdown"),
        (6008, "EventLog", "ServerStart ServerShutdown"),
        (12, "Microsoft-Windows-Kernel-General", "ServerStart ServerShutdown"),
        (13, "Microsoft-Windows-Kernel-General", "ServerStop ServerShutdown"),
        (41, "Microsoft-Windows-Kernel-Power", "ServerStart ServerShutdown"),
        (4608, SECURITY, "ServerStart ServerShutdown"),
        (4609, SECURITY, "ServerStop ServerShutdown"),
        (54, DESKTOPS, "ServerStop Nothing"),
    ];
    for (id, provider, expected) in table {
        let line = one(id, provider, &[]);
        assert!(line.starts_with(&format!("07:39:18 {expected} @ Windows on desk1: ")), "{id}: {line}");
    }
    // The same numbers of others mean something else.
    for (id, provider) in [(12, "Disk"), (41, DESKTOPS), (13, "VSS"), (6006, "Winlogon")] {
        assert_eq!(one(id, provider, &[]), "", "{id} of {provider}");
    }
    assert!(one(7001, "Microsoft-Windows-Winlogon", &[("UserSid", "S-1-5-21-1"), ("TSId", "2")]).contains("SignIn"));
    assert!(one(7002, "Microsoft-Windows-Winlogon", &[("UserSid", "S-1-5-21-1"), ("TSId", "2")]).contains("Close"));
}

#[test]
fn each_reason_of_a_disconnected_desktop_is_stated() {
    let table = [
        ("0", "Gap Nothing"),
        ("11", "Gap Nothing"),
        ("3", "Rejection Idle"),
        ("4", "Rejection MaximumAge"),
        ("5", "Rejection OtherDevice"),
        ("12", "Close LoggedOut"),
        ("25", "Close ServerShutdown"),
        ("26", "Close ServerShutdown"),
        ("2147942464", "Gap Nothing"),
    ];
    for (reason, expected) in table {
        let line = one(40, DESKTOPS, &[("Session", "2"), ("Reason", reason)]);
        assert!(line.contains(&format!(" {expected} ")), "{reason}: {line}");
        // NXLog passes on the words alone.
        let words = format!(
            r#"{{"EventID":40,"@timestamp":"2026-11-23T07:39:18.263Z","Hostname":"desk1","Channel":"{DESKTOPS}/Operational","Message":"Session 2 has been disconnected, reason code {reason}"}}"#
        );
        assert_eq!(said::<Reader>(&words), [line]);
    }
    let desk = [("User", "OFFICE\\\\kim"), ("SessionID", "2"), ("Address", "10.0.0.7")];
    for (id, expected) in [(21, "SignIn Nothing"), (23, "Close Nothing"), (24, "Gap Nothing"), (25, "Activity Nothing")]
    {
        assert!(one(id, DESKTOPS, &desk).contains(&format!("{expected} kim@10.0.0.7")), "{id}");
    }
}

#[test]
fn tables_that_keep_only_the_message_are_read_as_well() {
    let message = "An account was successfully logged on.\r\n\r\nSubject:\r\n\tAccount Name:\t\tDESK1$\r\n\tLogon ID:\t\t0x3E7\r\n\r\nLogon Information:\r\n\tLogon Type:\t\t10\r\n\r\nNew Logon:\r\n\tAccount Name:\t\tkim\r\n\tLogon ID:\t\t0x1E3237\r\n\r\nNetwork Information:\r\n\tSource Network Address:\t10.0.0.7\r\n";
    let off = "User initiated logoff:\r\n\r\nSubject:\r\n\tAccount Name:\t\tkim\r\n\tLogon ID:\t\t0x1E3237\r\n";
    let viewer = format!(
        "Level,Date and Time,Source,Event ID,Task Category\r\nInformation,11/23/2026 7:39:18 AM,{SECURITY},4624,Logon,\"{message}\"\r\nInformation,11/23/2026 1:02:03 PM,{SECURITY},4647,Logoff,\"{off}\"\r\n"
    );
    assert_eq!(
        said::<Reader>(&viewer),
        [
            "07:39:18 SignIn Nothing kim@10.0.0.7 Windows: 4624: Logon type 10",
            "13:02:03 Close LoggedOut kim@ Windows: 4647: User initiated logoff",
        ]
    );
    let exported = format!(
        "\"Message\",\"Id\",\"ProviderName\",\"LogName\",\"MachineName\",\"TimeCreated\"\r\n\"{message}\",\"4624\",\"{SECURITY}\",\"Security\",\"desk1\",\"11/23/2026 7:39:18 AM\"\r\n"
    );
    assert_eq!(WindowsEvents.sniff(exported.as_bytes()), Sniff::Certain);
    assert_eq!(
        said::<Reader>(&exported),
        ["07:39:18 SignIn Nothing kim@10.0.0.7 Windows on desk1: 4624: Logon type 10"]
    );
    let (_, report) = read::<Reader>("<Event><System><EventID>4624</EventID></System></Event><Event><System>");
    assert_eq!((report.records, report.unreadable), (0, 2));
}

#[test]
fn each_audit_of_ad_fs_says_what_happened() {
    let table = [
        ("1200", "None", "Activity Nothing"),
        ("1202", "None", "SignIn Nothing"),
        ("1203", "CredentialValidationError", "SignInFailed BadCredentials"),
        ("1203", "ExtranetLockoutError", "SignInFailed AccountLocked"),
        ("1204", "None", "Operator PasswordChanged"),
        ("1206", "None", "SignOut LoggedOut"),
        ("1210", "ExtranetLockoutError", "AccountLocked AccountLocked"),
    ];
    for (id, failure, expected) in table {
        let document = format!(
            "<AuditBase><AuditType>X</AuditType><FailureType>{failure}</FailureType><Component><UserId>CORP\\kim</UserId></Component><IpAddress>10.0.0.7,10.1.1.1</IpAddress></AuditBase>"
        );
        let escaped = document.replace('<', "&lt;").replace('>', "&gt;");
        let event = format!(
            "<Event><System><Provider Name=\"AD FS Auditing\"/><EventID>{id}</EventID><TimeCreated SystemTime=\"2026-11-23T07:39:18.2630000Z\"/><Channel>Security</Channel><Computer>fs1</Computer></System><EventData><Data>5f2c</Data><Data>{escaped}</Data></EventData></Event>"
        );
        let lines = said::<Reader>(&event);
        assert!(
            lines.len() == 1 && lines[0].starts_with(&format!("07:39:18 {expected} kim@10.0.0.7 AD FS on fs1: {id}"))
                || id == "1201",
            "{lines:?}"
        );
        let json = format!(
            "{{\"@timestamp\":\"2026-11-23T07:39:18.263Z\",\"winlog\":{{\"event_id\":\"{id}\",\"computer_name\":\"fs1\",\"channel\":\"Security\",\"provider_name\":\"AD FS Auditing\",\"event_data\":{{\"param1\":\"5f2c\",\"param2\":{}}}}}}}",
            serde_json::to_string(&document).unwrap()
        );
        assert_eq!(said::<Reader>(&json), lines);
    }
}
