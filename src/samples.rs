//! The bundled samples: real captures, embedded in the program.

/// One sample of the gallery.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// File names as in `sample_logs/`, opened together.
    pub files: &'static [(&'static str, &'static [u8])],
    /// A few words: "Signed out while polling".
    pub title: &'static str,
    /// One sentence on what it shows.
    pub shows: &'static str,
}

/// The gallery, in its order.
pub const SAMPLES: &[Sample] = &[];
