//! Reading replies of HTTP/1.1.

use std::borrow::Cow;

/// Header fields a reply may have.
const MOST_FIELDS: usize = 64;
/// Bytes of a reply's head.
const LONGEST_HEAD: usize = 32 * 1024;

/// Whether the connection may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Another request may follow.
    KeepOpen,
    /// The server closes.
    Close,
}

/// One whole reply at the front of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Status code.
    pub status: u16,
    /// The journal index that made the change durable: `X-Ringfence-Index`.
    pub index: Option<u64>,
    /// What the server does with the connection.
    pub after: After,
    /// The body without its chunk lines.
    pub body: Cow<'a, [u8]>,
    /// Bytes of the input this reply took.
    pub taken: usize,
}

/// What is not a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an HTTP/1.1 reply: {0}")]
pub struct Malformed(&'static str);

#[derive(Clone, Copy, Debug)]
enum Length {
    Bytes(usize),
    Chunked,
    Absent,
}

/// Reads the first reply. None when more bytes are needed.
///
/// # Errors
/// [`Malformed`] when no more bytes can make it a reply.
///
/// ```
/// use ringfence_torture::wire::http::parse;
/// let text = b"HTTP/1.1 200 OK\r\nX-Ringfence-Index: 7\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1";
/// let reply = parse(text).expect("well formed").expect("whole");
/// assert_eq!((reply.status, reply.index, &*reply.body), (200, Some(7), &b"{}"[..]));
/// assert_eq!(&text[reply.taken..], b"HTTP/1.1");
/// ```
pub fn parse(input: &[u8]) -> Result<Option<Reply<'_>>, Malformed> {
    let Some(head) = find(input, b"\r\n\r\n") else {
        return if input.len() > LONGEST_HEAD { Err(Malformed("its head is longer than 32 KiB")) } else { Ok(None) };
    };
    let mut lines = input[..head].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = status(lines.next().unwrap_or_default())?;
    let (mut index, mut after, mut length) = (None, After::KeepOpen, Length::Absent);
    for (count, line) in lines.enumerate() {
        if count == MOST_FIELDS {
            return Err(Malformed("it has more than 64 header fields"));
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Malformed("a header field without a colon"))?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            length = Length::Bytes(number(value).ok_or(Malformed("its content length is not a number"))?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            length = Length::Chunked;
        } else if name.eq_ignore_ascii_case(b"x-ringfence-index") {
            index = Some(number(value).ok_or(Malformed("its journal index is not a number"))? as u64);
        } else if name.eq_ignore_ascii_case(b"connection") && value.eq_ignore_ascii_case(b"close") {
            after = After::Close;
        }
    }
    let start = head + 4;
    let Some((body, taken)) = body(&input[start..], length, status)? else { return Ok(None) };
    Ok(Some(Reply { status, index, after, body, taken: start + taken }))
}

fn status(line: &[u8]) -> Result<u16, Malformed> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "));
    let code = rest.and_then(|rest| rest.get(..3)).and_then(number);
    code.and_then(|code| u16::try_from(code).ok()).ok_or(Malformed("its status line"))
}

type Body<'a> = Option<(Cow<'a, [u8]>, usize)>;

fn body(input: &[u8], length: Length, status: u16) -> Result<Body<'_>, Malformed> {
    match length {
        _ if status < 200 || status == 204 || status == 304 => Ok(Some((Cow::Borrowed(&[]), 0))),
        Length::Bytes(bytes) => Ok(input.get(..bytes).map(|body| (Cow::Borrowed(body), bytes))),
        Length::Chunked => chunked(input),
        Length::Absent => Err(Malformed("neither a content length nor chunks")),
    }
}

fn chunked(input: &[u8]) -> Result<Body<'_>, Malformed> {
    let (mut whole, mut at) = (Vec::new(), 0);
    loop {
        let Some(end) = find(&input[at..], b"\r\n") else { return Ok(None) };
        let digits = input[at..at + end].split(|byte| *byte == b';').next().unwrap_or_default();
        let text = std::str::from_utf8(digits.trim_ascii()).map_err(|_| Malformed("a chunk's size"))?;
        let size = usize::from_str_radix(text, 16).map_err(|_| Malformed("a chunk's size"))?;
        at += end + 2;
        if size == 0 {
            return Ok(trailer(&input[at..]).map(|taken| (Cow::Owned(whole), at + taken)));
        }
        let Some(chunk) = input.get(at..at + size) else { return Ok(None) };
        let Some(line_end) = input.get(at + size..at + size + 2) else { return Ok(None) };
        if line_end != b"\r\n" {
            return Err(Malformed("a chunk longer than its size"));
        }
        whole.extend_from_slice(chunk);
        at += size + 2;
    }
}

/// Bytes of the fields after the last chunk and the empty line that ends them.
fn trailer(input: &[u8]) -> Option<usize> {
    if input.starts_with(b"\r\n") { Some(2) } else { find(input, b"\r\n\r\n").map(|end| end + 4) }
}

fn find(input: &[u8], wanted: &[u8]) -> Option<usize> {
    input.windows(wanted.len()).position(|window| window == wanted)
}

fn number(text: &[u8]) -> Option<usize> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-ringfence-index: 42\r\n\r\nhello";
    const CHUNKED: &str = "HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                           3\r\nabc\r\nA;note=1\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
    const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

    /// A reply's status, index, what follows it, and its body.
    type Seen = (u16, Option<u64>, After, String);

    fn read_all(mut input: &[u8]) -> Vec<Seen> {
        let mut replies = Vec::new();
        while let Some(reply) = parse(input).expect("well formed") {
            replies.push((reply.status, reply.index, reply.after, String::from_utf8_lossy(&reply.body).into_owned()));
            input = &input[reply.taken..];
        }
        replies
    }

    #[test]
    fn pipelined_replies_come_one_after_the_other() {
        let text = format!("{PLAIN}{CHUNKED}{EMPTY}{PLAIN}");
        let plain = (200, Some(42), After::KeepOpen, "hello".to_owned());
        let chunked = (400, None, After::Close, "abc0123456789".to_owned());
        let empty = (204, None, After::KeepOpen, String::new());
        assert_eq!(read_all(text.as_bytes()), [plain.clone(), chunked, empty, plain]);
    }

    #[test]
    fn a_reply_cut_anywhere_needs_more_bytes() {
        for text in [PLAIN, CHUNKED, EMPTY] {
            for cut in 0..text.len() {
                assert_eq!(parse(&text.as_bytes()[..cut]), Ok(None), "{cut} bytes of {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_reply_is_told() {
        let table = [
            ("HTTP/2 200\r\n\r\n", "its status line"),
            ("HTTP/1.1 2xx OK\r\n\r\n", "its status line"),
            ("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "a header field without a colon"),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its content length is not a number"),
            ("HTTP/1.1 200 OK\r\n\r\n", "neither a content length nor chunks"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk's size"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "a chunk longer than its size"),
        ];
        for (text, reason) in table {
            assert_eq!(parse(text.as_bytes()), Err(Malformed(reason)), "{text:?}");
        }
        assert!(parse(&vec![b'a'; LONGEST_HEAD + 1]).is_err());
    }
}
