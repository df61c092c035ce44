use super::{testing::read, *};
use crate::{
    formats::named::Said,
    model::{EventKind, Stated},
};

/// Records of `{"who":…,"at":…}`.
#[derive(Default)]
struct Plain;

impl ReadRecord for Plain {
    const FIELDS: &'static [(&'static str, u8)] = &[("at", 0), ("who", 1), ("deep/who", 1), ("list/who", 1)];
    const LISTS: &'static [&'static str] = &["Records"];
    const HEADINGS: &'static [&'static [&'static str]] = &[&["at", "who"]];
    const ELEMENT: Option<&'static str> = Some("Came");

    fn is_ours(found: &Found<'_>) -> bool {
        found.has(0)
    }

    fn read(&mut self, found: &Found<'_>, out: &mut Out<'_>) -> Outcome {
        let Some(stamp) = found.stamp(0, out.stamps) else { return Outcome::Unreadable("no time") };
        let user = found.get(1);
        out.push(stamp.at, &Said { user: &user, ..Said::new(EventKind::SignIn, Stated::Nothing, "") });
        Outcome::Record
    }
}

/// Who came, how many records were read and how many were not.
fn came(text: &str) -> (Vec<String>, u64, u64) {
    let (events, report) = read::<Plain>(text);
    for id in events.ids() {
        let span = events.span(id);
        let record = &text[span.offset as usize..span.offset as usize + span.len as usize];
        assert!(record.contains("2026-"), "{record}");
    }
    let who = events.ids().map(|id| events.symbols.resolve(events.get(id).actor).to_owned()).collect();
    (who, report.records, report.unreadable)
}

const KIM: &str = r#"{"at":"2026-11-23T10:00:00Z","who":"kim"}"#;
const LEE: &str = r#"{"at":"2026-11-23T10:00:01Z","x":[{"y":"}"}],"deep":{"who":"l\u00e9e"}}"#;

#[test]
fn records_are_found_however_they_are_packed() {
    let packed = [
        format!("{KIM}\n{LEE}\n"),
        format!("[{KIM},{LEE}]"),
        format!("[\n{KIM},\n{LEE}\n]\n"),
        format!("{{\"next\":null,\"Records\":[{KIM},{LEE}],\"more\":\"a\"}}"),
        format!("{{\"Records\":[{KIM}]}}\n{{\"Records\":[{LEE}]}}\n"),
        format!("{KIM}\n{LEE}\n").replace(":{", ":\n {\n").replace(',', ",\n  "),
        format!("[{KIM},{LEE}]").replace(',', ",\n  ").replace('{', "{\n"),
    ];
    for text in packed {
        assert_eq!(came(&text), (vec!["kim".into(), "l\u{e9}e".into()], 2, 0), "{text}");
    }
}

#[test]
fn a_damaged_record_costs_no_other() {
    for between in ["{\"at\":\"2026", "noise }", "{\"at\":\"2026-11-23T10:00:00Z\",\"who\":}", "{{", "\"who"] {
        for text in [format!("[{KIM},{between},{LEE},{KIM}]"), format!("[{KIM},\n{between}\n{LEE},\n{KIM}\n]")] {
            let (who, records, unreadable) = came(&text);
            assert_eq!((who.len(), records), (3, 3), "{text}");
            assert!(unreadable > 0, "{text}");
        }
    }
    let cut = format!("[{KIM},{LEE}");
    assert_eq!(came(&cut[..cut.len() - 9]), (vec!["kim".into()], 1, 1));
}

#[test]
fn windows_cut_no_record() {
    let text = format!("[{}]", vec![KIM; 40_000].join(","));
    let content = crate::source::Content::from_bytes(text.clone().into_bytes());
    let progress = crate::source::Progress::default();
    let input = Input { content: &content, source: crate::model::SourceId(0), written_by: 0, progress: &progress };
    let mut report = SourceReport::new("x".into());
    read_across::<Plain>(&input, &mut EventStore::default(), &mut report, 1, Shape::Objects);
    assert_eq!((report.records, report.unreadable), (40_000, 0));
    assert_eq!(progress.bytes().0, text.len() as u64);
}

#[test]
fn a_table_is_read_by_its_heading() {
    let text = "# exported\n\"who\";\"at\";note\r\nkim;2026-11-23T10:00:00Z;x\r\n\"l\"\"e\";\"2026-11-23T10:00:01Z\";\"two\nlines\"\r\n";
    assert_eq!(came(text), (vec!["kim".into(), "l\"e".into()], 2, 0));
    let broken = "who,at\nkim,2026-11-23T10:00:00Z\nle\"e,a,b\n\"max,2026-11-23T10:00:02Z\nada,2026-11-23T10:00:03Z\n";
    assert_eq!(came(broken), (vec!["kim".into(), "ada".into()], 2, 2));
}

#[test]
fn pairs_are_handed_on() {
    let mut said = Vec::new();
    pairs(br#"[{"name":"a","value":"x"},{"Name":"b","boolValue":true},{"name":"c","multiValue":["y"]},3]"#, |k, v| {
        said.push(format!("{}={}", String::from_utf8_lossy(k), String::from_utf8_lossy(v)));
    });
    assert_eq!(said, ["a=x", "b=true", "c=[\"y\"]"]);
}

#[test]
fn elements_are_read_wherever_their_values_stand() {
    let one = "<Came xmlns='x'>\n <at>2026-11-23T10:00:00Z</at>\n <Data Name='who'>k &amp; m</Data></Came>";
    let two = "<Came><Data Name=\"at\">2026-11-23T10:00:01Z</Data><who>&#x6c;ee</who></Came>";
    for text in [format!("{one}\n{two}\n"), format!("<?xml version=\"1.0\"?>\n<CameAll>{one}{two}</CameAll>")] {
        assert_eq!(came(&text), (vec!["k & m".into(), "lee".into()], 2, 0), "{text}");
    }
    assert_eq!(
        came(&format!("{one}<Came><at>20{two}{one}<Came>")),
        (vec!["k & m".into(), "lee".into(), "k & m".into()], 3, 2)
    );
}
