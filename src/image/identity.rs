//! Ids of images: 64 hexadecimal digits that follow from the content. Not SHA-256, but as steady.

/// Takes in parts, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity([u64; 4]);

const SEEDS: [u64; 4] = [0xcbf2_9ce4_8422_2325, 0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9];

impl Identity {
    /// Begins with `first`.
    pub fn of(first: &str) -> Self {
        let mut identity = Self(SEEDS);
        identity.add(first.as_bytes());
        identity
    }

    /// Takes in a part; the order and the borders of parts count.
    pub fn add(&mut self, part: &[u8]) {
        for (lane, state) in self.0.iter_mut().enumerate() {
            for byte in part.iter().chain(&(part.len() as u64).to_le_bytes()) {
                *state = (*state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(5 + lane as u32);
            }
        }
    }

    /// The digits.
    pub fn digits(&self) -> String {
        let mixed = |state: &u64| {
            let folded = (state ^ (state >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
            folded ^ (folded >> 27)
        };
        self.0.iter().map(|state| format!("{:016x}", mixed(state))).collect()
    }

    /// `sha256:` and the digits, as an image's id is written.
    pub fn image_id(&self) -> String {
        format!("sha256:{}", self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_the_parts() {
        let id = |parts: &[&str]| {
            let mut identity = Identity::of("x");
            parts.iter().for_each(|part| identity.add(part.as_bytes()));
            identity.digits()
        };
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        assert_ne!(id(&["a", "b"]), id(&["ab"]));
        assert_eq!(id(&["a"]).len(), 64);
    }
}
