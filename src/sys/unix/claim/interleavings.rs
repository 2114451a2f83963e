//! Claims of several threads, in all orders that the memory model allows.

use super::*;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

#[test]
fn a_number_that_is_handed_in_has_one_owner_at_a_time() {
    loom::model(|| {
        let owners = Arc::new(AtomicUsize::new(0));
        let adopt = |owners: Arc<AtomicUsize>| {
            let Some(claim) = Claim::of_given(3) else { return false };
            assert_eq!(owners.fetch_add(1, Ordering::SeqCst), 0, "somebody else has it");
            owners.fetch_sub(1, Ordering::SeqCst);
            drop(claim);
            true
        };
        let theirs = owners.clone();
        let other = thread::spawn(move || adopt(theirs));
        let first = adopt(owners);
        assert!(other.join().unwrap() || first, "somebody gets it");
        assert!(Claim::of_given(3).is_some(), "nobody has it any more");
    });
}

#[test]
fn neighbours_in_a_word_leave_each_other_alone() {
    loom::model(|| {
        let mine = Claim::new(4);
        let other = thread::spawn(|| {
            let theirs = Claim::of_given(5).expect("it is free");
            drop(theirs);
            Claim::of_given(6).expect("it is free")
        });
        assert!(Claim::of_given(4).is_none());
        drop(mine);
        let theirs = other.join().unwrap();
        assert!(Claim::of_given(6).is_none());
        drop(theirs);
        assert!([4, 5, 6].iter().all(|&fd| Claim::of_given(fd).is_some()));
    });
}
