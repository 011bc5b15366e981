//! contact sheet (exploration)
use verdigris_model::{genesis::*, picture::*};
fn main() {
    let a: Vec<i32> = std::env::args().skip(2).map(|s| s.parse().unwrap()).collect();
    let net = genesis_with(&Params(a));
    eprintln!("{:?}", net.range_proof().largest());
    let (n, s) = (8usize, 160usize);
    let mut rgb = vec![20u8; 3 * (n * (s + 4)).pow(2)];
    let w = n * (s + 4);
    for i in 0..n * n {
        let (cx, cy) = (i % n, i / n);
        // rows: family by pair of rows; palettes vary
        let t = Traits {
            palette: ((i * 7) % 16) as u8,
            family: (cy / 2) as u8,
            symmetry: if cy % 2 == 0 { 0 } else { (cx % 4) as u8 },
            density: (cx / 2) as u8,
        };
        let mut seed = [0u8; 32];
        seed[31] = i as u8;
        let pic = Painter::new(&net, 1, &seed, &t.to_word().unwrap()).unwrap().draw_smooth(s as u16).unwrap();
        for y in 0..s {
            let o = 3 * ((cy * (s + 4) + 2 + y) * w + cx * (s + 4) + 2);
            rgb[o..o + 3 * s].copy_from_slice(&pic.rgb()[3 * y * s..3 * (y + 1) * s]);
        }
    }
    let png = Picture::from_rgb(w as u16, rgb).unwrap().to_png().unwrap();
    std::fs::write(std::env::args().nth(1).unwrap(), png).unwrap();
}
