//! Raster images: what may be shown in a page without its harming anybody.

/// The media type of a raster image by its first bytes; `None` for anything else, such as SVG, which can hold scripts.
pub fn raster(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'B', b'M', ..] => Some("image/bmp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_raster_images_are_shown() {
        assert_eq!(raster(b"\x89PNG\r\n"), Some("image/png"));
        assert_eq!(raster(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(raster(b"<svg onload=x()>"), None);
        assert_eq!(raster(b""), None);
    }
}
