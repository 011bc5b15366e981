//! The functions on floats that WebAssembly has no instruction for, under the names by which Rust's compiler calls them.
//!
//! Each target would bring its own: wasi-libc's on Spin, compiler-builtins' on Cloudflare, which differ in the last bit
//! now and then. These are of one library at one version, so both platforms give the same bytes.

macro_rules! functions {
    ($($name:ident($($argument:ident),+) -> $float:ty;)+) => {$(
        #[expect(unsafe_code, reason = "a symbol by which the compiler calls it")]
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: $float),+) -> $float {
            libm::$name($($argument),+)
        }
    )+};
}

functions! {
    acosf(x) -> f32;
    asinf(x) -> f32;
    atanf(x) -> f32;
    cbrtf(x) -> f32;
    coshf(x) -> f32;
    cosf(x) -> f32;
    expf(x) -> f32;
    exp2f(x) -> f32;
    expm1f(x) -> f32;
    logf(x) -> f32;
    log10f(x) -> f32;
    log1pf(x) -> f32;
    log2f(x) -> f32;
    sinf(x) -> f32;
    sinhf(x) -> f32;
    tanf(x) -> f32;
    tanhf(x) -> f32;
    acos(x) -> f64;
    asin(x) -> f64;
    atan(x) -> f64;
    cbrt(x) -> f64;
    cosh(x) -> f64;
    cos(x) -> f64;
    exp(x) -> f64;
    exp2(x) -> f64;
    expm1(x) -> f64;
    log(x) -> f64;
    log10(x) -> f64;
    log1p(x) -> f64;
    log2(x) -> f64;
    sin(x) -> f64;
    sinh(x) -> f64;
    tan(x) -> f64;
    tanh(x) -> f64;
    atan2f(x, y) -> f32;
    hypotf(x, y) -> f32;
    powf(x, y) -> f32;
    atan2(x, y) -> f64;
    hypot(x, y) -> f64;
    pow(x, y) -> f64;
}
