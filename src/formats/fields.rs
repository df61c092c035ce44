//! What the fields of a structured record are called, whichever program wrote it.
//!
//! One table for JSON lines, logfmt and delimited logs with a header: names are compared without case, `_`, `-`, `@` and
//! `$`, and dots (or nesting) go from a thing to its part: `http.request.method`, `req.headers.user-agent`. The names are
//! those of nginx variables, Caddy, Traefik, Envoy, ALB, Cloudflare, IIS (W3C), pino, bunyan, winston, Serilog (CLEF), zap,
//! zerolog, slog, logrus, structlog, logstash, ECS, GELF and OpenTelemetry.

use Field as F;

/// What a value tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Field {
    /// When.
    Time,
    /// How grave: `warn`, `40`.
    Level,
    /// What happened, in words.
    Message,
    /// The name of what happened: `session.expired`.
    Event,
    /// Why, or what went wrong: an error's message, a reason.
    Reason,
    /// A code for it: `OAUTH_JWT_TIMESTAMP_CHECK_FAILED`.
    Code,
    /// Whether it went well: `failure`.
    Outcome,
    /// The whole request line.
    Request,
    /// The request's method.
    Method,
    /// Its target.
    Target,
    /// The query, where it stands apart.
    Query,
    /// The answer's status.
    Status,
    /// The address of the peer.
    Client,
    /// The address of the client behind proxies, the client first.
    Forwarded,
    /// The browser.
    Agent,
    /// The user's name.
    User,
    /// The session's identifier.
    Session,
    /// The `Cookie` header.
    Cookie,
    /// A `Set-Cookie` header.
    SetCookie,
    /// Where the answer sends the client.
    Location,
    /// The host that was asked.
    Host,
    /// The program that writes.
    Program,
    /// Ties records about one request together.
    RequestId,
}

/// How many fields there are.
pub(super) const FIELDS: usize = F::RequestId as usize + 1;

/// The thing that a field is a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// The record itself, or a wrapper around what it tells.
    #[default]
    Record,
    /// A request.
    Request,
    /// Its headers.
    RequestHeaders,
    /// An answer.
    Response,
    /// Its headers.
    ResponseHeaders,
    /// A user.
    User,
    /// A client, or the source of a connection.
    Client,
    /// A session.
    Session,
    /// An error.
    Error,
    /// An event.
    Event,
    /// HTTP: request and response.
    Http,
    /// A URL.
    Url,
    /// A browser.
    Agent,
    /// About the logging itself.
    Log,
    /// Cookies by name.
    Cookies,
}

/// What a name stands for: as a plain value, with its rank among the names of the same field (the lowest wins), and as a
/// thing with parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    /// The field, where the value is plain.
    pub(super) plain: Option<(Field, u8)>,
    /// The part, where it has fields of its own.
    pub(super) part: Option<Part>,
}

const fn plain(field: Field, rank: u8) -> Role {
    Role { plain: Some((field, rank)), part: None }
}

const fn part(part: Part) -> Role {
    Role { plain: None, part: Some(part) }
}

const fn both(field: Field, rank: u8, part: Part) -> Role {
    Role { plain: Some((field, rank)), part: Some(part) }
}

/// What `name` stands for as a field of `of`.
pub(super) fn role(of: Part, name: &[u8]) -> Role {
    let mut buffer = [0; 48];
    let Some(short) = shortened(name, &mut buffer) else { return Role::default() };
    let found = named(of, short);
    if found != Role::default() {
        return found;
    }
    // `http.request.method`, `user.name`: from a thing to its part.
    if let Some(dot) = memchr::memchr(b'.', name)
        && let (Some(thing), Some(rest)) = (name.get(..dot), name.get(dot + 1..))
        && let Some(inner) = role(of, thing).part
    {
        let found = role(inner, rest);
        if found != Role::default() {
            return found;
        }
    }
    if super::requests::session_id::names_session(name) { plain(F::Session, 9) } else { Role::default() }
}

/// The name in lower case, without what programs put between words.
fn shortened<'a>(name: &[u8], buffer: &'a mut [u8; 48]) -> Option<&'a [u8]> {
    let mut len = 0;
    for byte in name {
        if !matches!(byte, b'_' | b'-' | b'@' | b'$' | b' ') {
            *buffer.get_mut(len)? = byte.to_ascii_lowercase();
            len += 1;
        }
    }
    buffer.get(..len)
}

fn named(of: Part, name: &[u8]) -> Role {
    match of {
        Part::Record => of_record(name),
        Part::Request => match name {
            b"headers" | b"header" => part(Part::RequestHeaders),
            b"id" => plain(F::RequestId, 1),
            b"originalurl" => plain(F::Target, 0),
            b"protocol" | b"proto" | b"body" | b"params" | b"size" => Role::default(),
            b"host" | b"hostname" => plain(F::Host, 1),
            b"socket" | b"connection" => part(Part::Client),
            _ => of_record(name),
        },
        Part::Response => match name {
            b"headers" | b"header" => part(Part::ResponseHeaders),
            b"status" | b"statuscode" | b"code" => plain(F::Status, 0),
            b"location" | b"redirecturl" => plain(F::Location, 0),
            _ => Role::default(),
        },
        Part::RequestHeaders => match name {
            b"cookie" | b"cookies" => plain(F::Cookie, 0),
            b"useragent" => plain(F::Agent, 0),
            b"host" | b":authority" => plain(F::Host, 0),
            b"xforwardedfor" | b"xrealip" | b"cfconnectingip" | b"trueclientip" => plain(F::Forwarded, 0),
            b"xremoteuser" | b"remoteuser" | b"xforwardeduser" | b"xforwardedpreferredusername" => plain(F::User, 4),
            b"xrequestid" => plain(F::RequestId, 3),
            _ => Role::default(),
        },
        Part::ResponseHeaders => match name {
            b"setcookie" => plain(F::SetCookie, 0),
            b"location" => plain(F::Location, 0),
            _ => Role::default(),
        },
        Part::User => match name {
            b"name" | b"username" | b"preferredusername" | b"login" => plain(F::User, 0),
            b"email" | b"mail" | b"emailaddress" => plain(F::User, 3),
            b"id" | b"userid" | b"sub" | b"uid" | b"uuid" => plain(F::User, 5),
            b"sessionid" | b"sid" => plain(F::Session, 3),
            // Slack: `actor.user.name`.
            b"user" => both(F::User, 2, Part::User),
            b"ip" | b"ipaddress" => plain(F::Client, 4),
            _ => Role::default(),
        },
        Part::Client => match name {
            b"ip" | b"address" | b"addr" | b"ipaddress" | b"remoteaddress" => plain(F::Client, 1),
            // Who came from there, and as which session: CEE events of bastions.
            b"username" => plain(F::User, 4),
            b"sessionid" => plain(F::Session, 4),
            _ => Role::default(),
        },
        Part::Session => match name {
            b"id" | b"sid" | b"sessionid" | b"key" => plain(F::Session, 1),
            b"user" | b"username" => both(F::User, 4, Part::User),
            b"userid" => plain(F::User, 6),
            _ => Role::default(),
        },
        Part::Error => match name {
            b"message" | b"msg" | b"description" | b"errordescription" => plain(F::Reason, 1),
            b"code" | b"name" => plain(F::Code, 1),
            b"reason" => plain(F::Reason, 0),
            _ => Role::default(),
        },
        Part::Event => match name {
            b"action" | b"name" | b"type" => plain(F::Event, 2),
            b"outcome" => plain(F::Outcome, 1),
            b"reason" => plain(F::Reason, 2),
            b"code" => plain(F::Code, 3),
            _ => Role::default(),
        },
        Part::Http => match name {
            b"request" => part(Part::Request),
            b"response" => part(Part::Response),
            b"url" | b"target" => both(F::Target, 2, Part::Url),
            b"useragent" => plain(F::Agent, 1),
            _ => of_record(name),
        },
        Part::Url => match name {
            b"original" | b"full" => plain(F::Target, 1),
            b"path" | b"pathname" => plain(F::Target, 3),
            b"query" | b"search" => plain(F::Query, 1),
            b"domain" | b"host" => plain(F::Host, 2),
            _ => Role::default(),
        },
        Part::Agent => match name {
            b"original" => plain(F::Agent, 0),
            _ => Role::default(),
        },
        Part::Log => match name {
            b"level" => plain(F::Level, 1),
            b"logger" => plain(F::Program, 2),
            _ => Role::default(),
        },
        Part::Cookies => Role::default(),
    }
}

fn of_record(name: &[u8]) -> Role {
    match name {
        b"timestamp" => plain(F::Time, 0),
        b"time" | b"timeiso8601" => plain(F::Time, 1),
        b"ts" | b"t" => plain(F::Time, 2),
        b"datetime" | b"eventtime" | b"timelocal" | b"msec" | b"asctime" | b"logtime" | b"published" | b"isotime" => {
            plain(F::Time, 3)
        }
        b"date"
        | b"createdat"
        | b"createddatetime"
        | b"creationtime"
        | b"eventtimestamp"
        | b"datecreate"
        | b"edgestarttimestamp"
        | b"startutc" => plain(F::Time, 4),
        b"starttime" | b"createdon" | b"peventtime" | b"requesttimestamp" | b"requestat" | b"receivedat" | b"epoch"
        | b"timeunixnano" => plain(F::Time, 5),
        b"level" | b"severity" | b"lvl" | b"loglevel" | b"l" | b"levelname" | b"severitytext" => plain(F::Level, 0),
        b"msg" | b"message" | b"m" | b"shortmessage" => plain(F::Message, 0),
        b"mt" | b"renderedmessage" | b"text" | b"body" | b"displaymessage" | b"logmessage" | b"fullmessage" => {
            plain(F::Message, 2)
        }
        b"description" => plain(F::Message, 4),
        b"event" => both(F::Event, 0, Part::Event),
        b"eventtype" | b"eventname" | b"action" | b"activity" | b"operation" | b"evt" | b"auditaction" => {
            plain(F::Event, 1)
        }
        b"type" => plain(F::Event, 5),
        b"err" | b"error" | b"exception" | b"ex" | b"x" => both(F::Reason, 2, Part::Error),
        b"reason" | b"errordescription" | b"errormessage" | b"errmsg" | b"failurereason" | b"cause" | b"why" => {
            plain(F::Reason, 0)
        }
        b"terminationreason" | b"endreason" | b"logoutreason" | b"terminatecause" => plain(F::Reason, 0),
        b"code" | b"errorcode" | b"errcode" => plain(F::Code, 0),
        b"outcome" | b"result" | b"success" | b"issuccess" | b"allowed" | b"successful" => plain(F::Outcome, 0),
        _ => of_request(name),
    }
}

fn of_request(name: &[u8]) -> Role {
    match name {
        b"req" | b"httprequest" => part(Part::Request),
        b"request" => both(F::Request, 0, Part::Request),
        b"requestline" => plain(F::Request, 1),
        b"res" | b"httpresponse" => part(Part::Response),
        b"response" => both(F::Status, 3, Part::Response),
        b"http" => part(Part::Http),
        b"method" | b"requestmethod" | b"httpmethod" | b"verb" | b"csmethod" | b"clientrequestmethod" => {
            plain(F::Method, 0)
        }
        b"requesturi" | b"originalurl" | b"clientrequesturi" | b"httptarget" | b"requesturl" => plain(F::Target, 0),
        b"url" => both(F::Target, 1, Part::Url),
        b"uri" | b"target" | b"xenvoyoriginalpath" => plain(F::Target, 2),
        b"path" | b"requestpath" | b"uripath" | b"csuristem" | b"httppath" | b"clientrequestpath" | b"urlpath" => {
            plain(F::Target, 3)
        }
        b"args" | b"querystring" | b"csuriquery" | b"query" | b"urlquery" => plain(F::Query, 0),
        b"status" | b"statuscode" | b"httpstatus" | b"httpstatuscode" | b"responsestatus" | b"scstatus" => {
            plain(F::Status, 0)
        }
        b"downstreamstatus" | b"edgeresponsestatus" | b"elbstatuscode" | b"responsecode" | b"httpcode" => {
            plain(F::Status, 1)
        }
        b"originstatus" | b"upstreamstatus" | b"originresponsestatus" => plain(F::Status, 6),
        b"remoteaddr" | b"remoteaddress" | b"remoteip" | b"clientip" | b"cip" | b"clienthost" | b"ipaddress" => {
            plain(F::Client, 1)
        }
        b"client" | b"source" => both(F::Client, 3, Part::Client),
        b"ip" | b"sourceip" | b"srcip" | b"rip" | b"clientaddr" | b"clientaddress" | b"peer" | b"remotehost" => {
            plain(F::Client, 2)
        }
        b"remote" | b"addr" | b"downstreamremoteaddress" | b"useripaddress" => plain(F::Client, 4),
        b"xforwardedfor" | b"httpxforwardedfor" | b"xff" | b"fwd" | b"forwardedfor" | b"realip" | b"xrealip" => {
            plain(F::Forwarded, 0)
        }
        b"useragent" | b"httpuseragent" => both(F::Agent, 0, Part::Agent),
        b"ua" | b"agent" | b"browser" | b"clientrequestuseragent" | b"requestuseragent" | b"cs(useragent)" => {
            plain(F::Agent, 1)
        }
        b"headers" | b"requestheaders" => part(Part::RequestHeaders),
        b"responseheaders" | b"respheaders" => part(Part::ResponseHeaders),
        b"location" | b"senthttplocation" | b"redirecturl" | b"downstreamlocation" => plain(F::Location, 1),
        b"host" | b"httphost" | b"cs(host)" | b"cshost" | b"servername" | b"vhost" | b"virtualhost"
        | b"requesthost" | b"authority" => plain(F::Host, 2),
        b"clientrequesthost" => plain(F::Host, 1),
        b"requestid" | b"reqid" | b"xrequestid" => plain(F::RequestId, 0),
        _ => of_who(name),
    }
}

fn of_who(name: &[u8]) -> Role {
    match name {
        b"user" | b"usr" | b"account" | b"enduser" | b"subject" => both(F::User, 1, Part::User),
        // Who acted; where a record names a user as well, that is whom it was done to.
        b"actor" | b"principal" => both(F::User, 2, Part::User),
        b"username" | b"uname" | b"remoteuser" | b"login" | b"loginname" | b"accountname" | b"csusername"
        | b"authuser" => plain(F::User, 0),
        b"clientusername" | b"currentuser" | b"userprincipalname" | b"identity" | b"httpuser" => plain(F::User, 2),
        b"email" | b"useremail" => plain(F::User, 3),
        b"userid" | b"uid" | b"sub" | b"accountid" | b"identityid" => plain(F::User, 5),
        b"session" => both(F::Session, 1, Part::Session),
        b"sid" | b"sessionid" | b"sessid" | b"jsessionid" | b"phpsessid" | b"sessionkey" | b"sessiontoken" => {
            plain(F::Session, 0)
        }
        b"sidhash" | b"sessionhash" | b"hashedsessionid" => plain(F::Session, 2),
        b"cookie" | b"httpcookie" | b"cs(cookie)" => plain(F::Cookie, 1),
        b"cookies" => both(F::Cookie, 1, Part::Cookies),
        b"setcookie" | b"senthttpsetcookie" => plain(F::SetCookie, 1),
        b"logger" | b"app" | b"service" | b"program" | b"sourcecontext" | b"component" => plain(F::Program, 0),
        b"log" => part(Part::Log),
        b"data" | b"fields" | b"context" | b"ctx" | b"extra" | b"attributes" | b"properties" | b"payload" | b"meta"
        | b"metadata" | b"jsonpayload" | b"details" | b"params" | b"parameters" | b"attrs" | b"labels" => {
            part(Part::Record)
        }
        _ => Role::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_call_the_same_thing_by_different_names() {
        for (name, field) in [
            ("remote_addr", F::Client),
            ("ClientIP", F::Client),
            ("source.ip", F::Client),
            ("http.request.method", F::Method),
            ("cs-method", F::Method),
            ("RequestMethod", F::Method),
            ("url.original", F::Target),
            ("http.response.status_code", F::Status),
            ("req.headers.user-agent", F::Agent),
            ("user_agent.original", F::Agent),
            ("request_User-Agent", F::Agent),
            ("@timestamp", F::Time),
            ("@t", F::Time),
            ("@mt", F::Message),
            ("user.name", F::User),
            ("connect.sid", F::Session),
            ("session.id", F::Session),
            ("laravel_session", F::Session),
            ("error.message", F::Reason),
            ("event.action", F::Event),
            ("log.level", F::Level),
        ] {
            assert_eq!(role(Part::Record, name.as_bytes()).plain.map(|(field, _)| field), Some(field), "{name}");
        }
    }

    #[test]
    fn what_has_no_known_name_is_nothing() {
        for name in
            ["", "..", "bytes", "rt", "upstream.thing", "a_name_that_is_longer_than_any_that_a_program_would_choose"]
        {
            assert_eq!(role(Part::Record, name.as_bytes()), Role::default(), "{name}");
        }
    }
}
