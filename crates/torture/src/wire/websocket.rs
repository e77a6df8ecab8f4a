//! Frames of a WebSocket as a client writes and reads them.

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of text, or a part of one.
    Text,
    /// A message of bytes, or a part of one.
    Binary,
    /// A further part of a message.
    Continuation,
    /// The other side ends the connection.
    Close,
    /// The other side asks for a pong.
    Ping,
    /// The answer to a ping.
    Pong,
}

/// A whole frame at the front of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub kind: Kind,
    /// What it carries.
    pub payload: &'a [u8],
    /// Bytes of the input it took.
    pub taken: usize,
}

impl Frame<'_> {
    /// The code with which the other side closes; None in any other frame and in a close without a code.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk::<2>().filter(|_| self.kind == Kind::Close)?;
        Some(u16::from_be_bytes(*code))
    }
}

/// What is not a frame of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a WebSocket frame of a server: {0}")]
pub struct Malformed(&'static str);

/// The request that opens a WebSocket. The key is fixed: it protects caches in between, and there are none.
#[must_use]
pub fn opening(host: &str, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes()
}

/// Appends a masked frame that is a whole message. A mask of zeros is a mask: the payload goes out as it is.
pub fn write(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode(kind));
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..=125), _) => out.push(0x80 | short),
        (_, Ok(middle)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&middle.to_be_bytes());
        }
        (_, Err(_)) => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Reads the first frame. None when more bytes are needed.
///
/// # Errors
/// [`Malformed`] when it cannot be a server's frame.
///
/// ```
/// use ringfence_torture::wire::websocket::{Kind, parse};
/// let frame = parse(b"\x81\x02hi").expect("well formed").expect("whole");
/// assert_eq!((frame.kind, frame.payload, frame.taken), (Kind::Text, &b"hi"[..], 4));
/// ```
pub fn parse(input: &[u8]) -> Result<Option<Frame<'_>>, Malformed> {
    let Some([first, second]) = input.first_chunk::<2>() else { return Ok(None) };
    let kind = kind(first & 0x0f).ok_or(Malformed("an unknown opcode"))?;
    if second & 0x80 != 0 {
        return Err(Malformed("it is masked"));
    }
    let (start, length) = match second & 0x7f {
        126 => match input.get(2..4) {
            Some(bytes) => (4, bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte))),
            None => return Ok(None),
        },
        127 => match input.get(2..10) {
            Some(bytes) => (10, bytes.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte))),
            None => return Ok(None),
        },
        short => (2, u64::from(short)),
    };
    let length = usize::try_from(length).map_err(|_| Malformed("longer than memory"))?;
    let end = length.checked_add(start).ok_or(Malformed("longer than memory"))?;
    Ok(input.get(start..end).map(|payload| Frame { kind, payload, taken: end }))
}

const fn opcode(kind: Kind) -> u8 {
    match kind {
        Kind::Continuation => 0,
        Kind::Text => 1,
        Kind::Binary => 2,
        Kind::Close => 8,
        Kind::Ping => 9,
        Kind::Pong => 10,
    }
}

const fn kind(opcode: u8) -> Option<Kind> {
    match opcode {
        0 => Some(Kind::Continuation),
        1 => Some(Kind::Text),
        2 => Some(Kind::Binary),
        8 => Some(Kind::Close),
        9 => Some(Kind::Ping),
        10 => Some(Kind::Pong),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server sends of a payload: a client's frame without the mask.
    fn served(kind: Kind, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::new();
        write(kind, payload, &mut frame);
        frame[1] &= 0x7f;
        let mask = frame.len() - payload.len() - 4;
        frame.drain(mask..mask + 4);
        frame
    }

    #[test]
    fn a_payload_of_any_length_comes_back_and_a_cut_one_needs_more() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let payload: Vec<u8> = (0..length).map(|byte: u32| byte.to_le_bytes()[0]).collect();
            let text = served(Kind::Binary, &payload);
            let frame = parse(&text).expect("well formed").expect("whole");
            assert_eq!((frame.kind, frame.payload, frame.taken), (Kind::Binary, &payload[..], text.len()));
            for cut in [0, 1, 3, text.len() - 1] {
                assert_eq!(parse(&text[..cut.min(text.len() - 1)]), Ok(None), "{cut} bytes of {length}");
            }
        }
    }

    #[test]
    fn frames_follow_each_other_and_a_close_has_its_code() {
        let mut text = served(Kind::Ping, b"now");
        text.extend_from_slice(&served(Kind::Close, &1009_u16.to_be_bytes()));
        let ping = parse(&text).expect("well formed").expect("whole");
        assert_eq!((ping.kind, ping.close_code()), (Kind::Ping, None));
        let close = parse(&text[ping.taken..]).expect("well formed").expect("whole");
        assert_eq!((close.kind, close.close_code()), (Kind::Close, Some(1009)));
    }

    #[test]
    fn what_no_server_sends_is_told() {
        assert_eq!(parse(&[0x81, 0x80]), Err(Malformed("it is masked")));
        assert_eq!(parse(&[0x83, 0x00]), Err(Malformed("an unknown opcode")));
    }
}
