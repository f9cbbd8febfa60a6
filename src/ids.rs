//! (filled in shortly)
