//! gzip, bzip2, xz and zstd, told by their first bytes and undone into memory within limits that no small file can break.

use super::decode::{MEMORY_CAP, size_words};
use bzip2::read::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{
    StreamingDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use std::io::{self, BufRead, BufReader, Read};

/// What a compressed source may always unfold to, however small it is itself.
pub(super) const FREE_BYTES: u64 = 256 << 20;

/// How many times its own size a larger compressed source may unfold to. Repetitive logs reach 100.
pub(super) const MAX_RATIO: u64 = 300;

/// The most memory that an xz decoder may ask for, in KiB: its strongest preset needs 65 MiB.
const XZ_MEMORY_KIB: u32 = 256 << 10;

/// A way to compress one stream of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// RFC 1952.
    Gzip,
    /// bzip2, by its block size digit and the magic of its first block.
    Bzip2,
    /// The .xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
}

impl Compression {
    /// Tells it by the first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1F, 0x8B, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Some(Self::Bzip2),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Its name in a sentence.
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks all streams in a row; what is cut off, damaged or beyond the limit is missing and noted.
    pub(super) fn unpack(self, packed: impl Read, packed_len: u64) -> (Vec<u8>, Vec<String>) {
        self.unpack_within(packed, FREE_BYTES.max(packed_len.saturating_mul(MAX_RATIO)).min(MEMORY_CAP))
    }

    /// As [`unpack`](Self::unpack), to at most `cap` bytes.
    pub(super) fn unpack_within(self, packed: impl Read, cap: u64) -> (Vec<u8>, Vec<String>) {
        let packed = BufReader::with_capacity(1 << 16, packed);
        match self {
            Self::Gzip => self.drain(MultiGzDecoder::new(packed), cap),
            Self::Bzip2 => self.drain(MultiBzDecoder::new(packed), cap),
            Self::Xz => self.drain(XzReader::new_mem_limit(packed, true, XZ_MEMORY_KIB), cap),
            Self::Zstd => self.drain(Frames { packed: Some(packed), frame: None }, cap),
        }
    }

    fn drain(self, mut decoder: impl Read, cap: u64) -> (Vec<u8>, Vec<String>) {
        let name = self.name();
        let mut plain = Vec::new();
        let mut piece = vec![0; 1 << 16];
        let note = loop {
            match decoder.read(&mut piece) {
                Ok(0) => break None,
                Ok(n) => {
                    let room = usize::try_from(cap).unwrap_or(usize::MAX).saturating_sub(plain.len());
                    plain.extend_from_slice(&piece[..n.min(room)]);
                    if n > room {
                        let most = size_words(cap);
                        break Some(format!("its {name} data unpacks to more than {most}; the rest was not read"));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let cut = error.kind() == io::ErrorKind::UnexpectedEof;
                    let how = if cut { "cut off" } else { "damaged" };
                    let after = size_words(plain.len() as u64);
                    break Some(format!("its {name} data is {how} after {after} of text; what came before was read"));
                }
            }
        };
        plain.shrink_to_fit();
        (plain, note.into_iter().collect())
    }
}

/// zstd frames one after another, skippable ones left out: a file may hold many.
struct Frames<R: BufRead> {
    /// What is left to read, while no frame is open.
    packed: Option<R>,
    frame: Option<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let n = frame.read(into)?;
                if n > 0 || into.is_empty() {
                    return Ok(n);
                }
                self.packed = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut packed) = self.packed.take() else { return Ok(0) };
            if packed.fill_buf()?.is_empty() {
                return Ok(0);
            }
            // The decoder takes its source for good, and gives nothing back when a frame is to be skipped.
            let head = packed.fill_buf()?.get(..8).map(<[u8]>::to_vec);
            if let Some([0x50..=0x5F, 0x2A, 0x4D, 0x18, length @ ..]) = head.as_deref() {
                let length = length.try_into().map_or(0, u32::from_le_bytes);
                io::copy(&mut packed.by_ref().take(8 + u64::from(length)), &mut io::sink())?;
                self.packed = Some(packed);
                continue;
            }
            self.frame = Some(StreamingDecoder::new(packed).map_err(io_error)?);
        }
    }
}

fn io_error(error: FrameDecoderError) -> io::Error {
    use ReadFrameHeaderError as Header;
    match error {
        FrameDecoderError::ReadFrameHeaderError(
            Header::MagicNumberReadError(inner)
            | Header::FrameDescriptorReadError(inner)
            | Header::WindowDescriptorReadError(inner)
            | Header::DictionaryIdReadError(inner)
            | Header::FrameContentSizeReadError(inner),
        ) => inner,
        other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// "one\ntwo\n", packed by the tools of these names.
    const XZ: &[u8] = include_bytes!("../../tests/fixtures/packed/two-lines.xz");
    const ZSTD: &[u8] = include_bytes!("../../tests/fixtures/packed/two-lines.zst");
    const BZIP2: &[u8] = include_bytes!("../../tests/fixtures/packed/two-lines.bz2");

    fn unpacked(packed: &[u8]) -> (Vec<u8>, Vec<String>) {
        Compression::of(packed).unwrap().unpack(packed, packed.len() as u64)
    }

    #[test]
    fn each_compression_is_told_by_its_first_bytes_and_undone() {
        for packed in [XZ, ZSTD, BZIP2] {
            assert_eq!(unpacked(packed), (b"one\ntwo\n".to_vec(), Vec::new()));
        }
        assert_eq!(Compression::of(b"BZhelp, my session expired"), None);
    }

    #[test]
    fn streams_in_a_row_are_one_text_and_skippable_frames_none() {
        for packed in [XZ, ZSTD, BZIP2] {
            assert_eq!(unpacked(&[packed, packed].concat()).0, b"one\ntwo\none\ntwo\n");
        }
        let skippable = [0x51, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        assert_eq!(unpacked(&[ZSTD, &skippable, ZSTD].concat()).0, b"one\ntwo\none\ntwo\n");
    }

    #[test]
    fn what_is_cut_off_is_noted() {
        for packed in [XZ, ZSTD, BZIP2] {
            let (_, notes) = unpacked(&packed[..packed.len() - 9]);
            assert!(notes.len() == 1 && notes[0].contains("after"), "{notes:?}");
        }
    }

    #[test]
    fn a_small_file_stops_at_the_limit() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'x'; 3 << 20]).unwrap();
        let packed = encoder.finish().unwrap();
        let (plain, notes) = Compression::Gzip.unpack_within(&*packed, 1 << 20);
        assert_eq!(plain.len(), 1 << 20);
        assert_eq!(notes, ["its gzip data unpacks to more than 1 MiB; the rest was not read"]);
    }
}
