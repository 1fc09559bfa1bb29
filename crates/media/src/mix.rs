//! The sum of what one ear may hear, and changes in it without a click.

/// How much faster than linear nothing is: a ramp over so many parts of a slot.
const SMOOTHED_PART: usize = 2;

/// Adds a mouth's samples to a sum.
pub fn add(sum: &mut [i32], samples: &[i16]) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += i32::from(*sample);
    }
}

/// The sum as samples; what is too loud is cut off at the limits.
pub fn clamp(sum: &[i32], out: &mut [i16]) {
    for (out, sum) in out.iter_mut().zip(sum) {
        *out = (*sum).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
}

/// Lets a sound begin from silence.
pub fn ramp_in(samples: &mut [i16]) {
    let length = samples.len() as i32;
    for (at, sample) in (0..).zip(samples) {
        *sample = (i32::from(*sample) * at / length) as i16;
    }
}

/// Lets a sound end in silence.
pub fn ramp_out(samples: &mut [i16]) {
    let length = samples.len() as i32;
    for (at, sample) in (0..).zip(samples) {
        *sample = (i32::from(*sample) * (length - at) / length) as i16;
    }
}

/// Goes over from what `samples` holds to `other`.
pub fn cross_fade(samples: &mut [i16], other: &[i16]) {
    let length = samples.len() as i32;
    for (at, (sample, other)) in (0..).zip(samples.iter_mut().zip(other)) {
        let blend = i32::from(*sample) * (length - at) + i32::from(*other) * at;
        *sample = (blend / length) as i16;
    }
}

/// Lets samples continue from the one before them, where the sources have changed in between. What stays of the old sources is that one
/// sample, dying away.
pub fn continue_from(last: i16, samples: &mut [i16]) {
    let Some(first) = samples.first() else { return };
    let step = i32::from(last) - i32::from(*first);
    let length = (samples.len() / SMOOTHED_PART).max(1) as i32;
    for (at, sample) in (0..length).zip(samples) {
        let smoothed = i32::from(*sample) + step * (length - at) / length;
        *sample = smoothed.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_too_loud_is_cut_off_and_does_not_wrap() {
        let mut sum = [0; 2];
        for _ in 0..3 {
            add(&mut sum, &[30_000, -30_000]);
        }
        let mut out = [0; 2];
        clamp(&sum, &mut out);
        assert_eq!(out, [i16::MAX, i16::MIN]);
    }

    #[test]
    fn a_change_of_sources_begins_at_the_sample_before_it_and_ends_at_the_new_source() {
        let mut samples = [1_000_i16; 80];
        continue_from(-5_000, &mut samples);
        assert_eq!(samples[0], -5_000);
        assert_eq!(samples[79], 1_000);
        assert!(samples.windows(2).all(|pair| (pair[1] - pair[0]).abs() <= 151));
    }

    #[test]
    fn fades_begin_and_end_where_they_should() {
        let (mut rising, mut falling, mut crossing) = ([8_000_i16; 80], [8_000_i16; 80], [8_000_i16; 80]);
        ramp_in(&mut rising);
        ramp_out(&mut falling);
        cross_fade(&mut crossing, &[-8_000; 80]);
        assert_eq!((rising[0], falling[0], crossing[0]), (0, 8_000, 8_000));
        assert!(rising[79] > 7_800 && falling[79] <= 100 && crossing[79] < -7_700);
    }
}
