//! Small real files made by code: a picture, a PDF, a table.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};

use crate::ids::Ids;

/// A PNG of stripes in two colours; every seed gives its own.
pub(super) fn png(width: u32, height: u32, ids: &mut Ids) -> Vec<u8> {
    let colours = [ids.bytes(3), ids.bytes(3)];
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0);
        for x in 0..width {
            rows.extend_from_slice(&colours[((x + y) / 8 % 2) as usize]);
        }
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&rows).expect("a Vec takes every byte");
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut picture, b"IHDR", &header);
    chunk(&mut picture, b"IDAT", &packed.finish().expect("a Vec takes every byte"));
    chunk(&mut picture, b"IEND", &[]);
    picture
}

fn chunk(picture: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    picture.extend((data.len() as u32).to_be_bytes());
    picture.extend(kind);
    picture.extend(data);
    picture.extend(crc.sum().to_be_bytes());
}

/// A one-page PDF with a line of ASCII text.
pub(super) fn pdf(line: &str) -> Vec<u8> {
    let safe: String = line.chars().filter(|c| c.is_ascii_alphanumeric() || " .,:-".contains(*c)).collect();
    let stream = format!("BT /F1 18 Tf 72 720 Td ({safe}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    file.push_str(&format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1));
    file.into_bytes()
}

/// A table of positions, as accounting sends it.
pub(super) fn csv(ids: &mut Ids) -> Vec<u8> {
    let mut table = String::from("position;article;quantity;price\r\n");
    for position in 1..=3 + ids.below(12) {
        let (article, quantity, cents) = (1000 + ids.below(9000), 1 + ids.below(40), 100 + ids.below(90_000));
        table.push_str(&format!("{position};{article};{quantity};{}.{:02}\r\n", cents / 100, cents % 100));
    }
    table.into_bytes()
}
