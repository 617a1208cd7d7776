//! The first k of a line, with the choice among equal elements that PyTorch makes: it calls partial_sort, nth_element
//! and sort of the GNU C++ library, whose order of comparisons decides. Positions are not compared.

use super::Entry;

/// From this many elements for each wanted one on, a heap of the wanted ones is kept.
const FEW: usize = 64;
/// Shorter pieces are sorted by insertion.
const SHORT: usize = 16;

#[inline(always)]
fn less<E: Entry>(a: E, b: E) -> bool {
    a.key() < b.key()
}

/// The first `take` of the n entries; where the choice did not put them in order, in order only if `in_order`.
pub(super) fn first_of<E: Entry>(keys: impl Iterator<Item = u64>, n: usize, take: usize, in_order: bool) -> Vec<E> {
    let mut entries = keys.enumerate().map(|(k, key)| E::new(key, k));
    if take == 0 {
        return Vec::new();
    }
    if take * FEW <= n {
        let mut heap: Vec<E> = entries.by_ref().take(take).collect();
        make_heap(&mut heap);
        entries.for_each(|e| {
            offer(&mut heap, e);
        });
        sort_heap(&mut heap);
        return heap;
    }
    let mut all: Vec<E> = entries.collect();
    nth_element(&mut all, take - 1);
    all.truncate(take);
    if in_order {
        sort(&mut all[..take - 1]);
    }
    all
}

/// Puts the entry into the hole at `at` of a heap whose first is its last in order: the larger children move up to the
/// bottom, then the entry climbs.
fn sift<E: Entry>(heap: &mut [E], at: usize, entry: E) {
    let (n, mut hole, mut child) = (heap.len(), at, at);
    while child < (n - 1) / 2 {
        child = 2 * child + 2;
        if less(heap[child], heap[child - 1]) {
            child -= 1;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    if n % 2 == 0 && child == (n - 2) / 2 {
        child = 2 * child + 1;
        heap[hole] = heap[child];
        hole = child;
    }
    while hole > at && less(heap[(hole - 1) / 2], entry) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = entry;
}

/// The last in order of a heap and an entry stays out: what that is.
#[inline(always)]
fn offer<E: Entry>(heap: &mut [E], entry: E) -> E {
    let last = heap[0];
    if !less(entry, last) {
        return entry;
    }
    sift(heap, 0, entry);
    last
}

fn make_heap<E: Entry>(heap: &mut [E]) {
    for parent in (0..heap.len() / 2).rev() {
        let entry = heap[parent];
        sift(heap, parent, entry);
    }
}

fn sort_heap<E: Entry>(heap: &mut [E]) {
    for last in (1..heap.len()).rev() {
        let (entry, first) = (heap[last], heap[0]);
        heap[last] = first;
        sift(&mut heap[..last], 0, entry);
    }
}

/// Moves the median of the second, the middle and the last to the front, and parts the rest by it: the start of the
/// second part.
fn partition<E: Entry>(a: &mut [E]) -> usize {
    let (b, c, d) = (1, a.len() / 2, a.len() - 1);
    let median = if less(a[b], a[c]) {
        if less(a[c], a[d]) {
            c
        } else if less(a[b], a[d]) {
            d
        } else {
            b
        }
    } else if less(a[b], a[d]) {
        b
    } else if less(a[c], a[d]) {
        d
    } else {
        c
    };
    a.swap(0, median);
    let (mut first, mut last) = (1, a.len());
    loop {
        while less(a[first], a[0]) {
            first += 1;
        }
        last -= 1;
        while less(a[0], a[last]) {
            last -= 1;
        }
        if first >= last {
            return first;
        }
        a.swap(first, last);
        first += 1;
    }
}

/// Moves the last entry in front of those of the sorted rest that it comes before.
fn insert_last<E: Entry>(a: &mut [E]) {
    let mut at = a.len() - 1;
    let entry = a[at];
    while at > 0 && less(entry, a[at - 1]) {
        a[at] = a[at - 1];
        at -= 1;
    }
    a[at] = entry;
}

fn insertion_sort<E: Entry>(a: &mut [E]) {
    (2..=a.len()).for_each(|n| insert_last(&mut a[..n]));
}

/// How often a piece may be parted before it becomes a heap.
fn depth(n: usize) -> u32 {
    2 * n.ilog2()
}

/// Puts the entry of a rank in its place, with none above it before and none below it behind.
fn nth_element<E: Entry>(mut a: &mut [E], mut nth: usize) {
    let mut left = depth(a.len());
    while a.len() > 3 {
        if left == 0 {
            let (heap, rest) = a.split_at_mut(nth + 1);
            make_heap(heap);
            rest.iter_mut().for_each(|e| *e = offer(heap, *e));
            a.swap(0, nth);
            return;
        }
        left -= 1;
        let cut = partition(a);
        if cut <= nth {
            a = &mut a[cut..];
            nth -= cut;
        } else {
            a = &mut a[..cut];
        }
    }
    insertion_sort(a);
}

fn sort<E: Entry>(a: &mut [E]) {
    if a.is_empty() {
        return;
    }
    part_until_short(a, depth(a.len()));
    insertion_sort(a);
}

fn part_until_short<E: Entry>(mut a: &mut [E], mut left: u32) {
    while a.len() > SHORT {
        if left == 0 {
            make_heap(a);
            sort_heap(a);
            return;
        }
        left -= 1;
        let cut = partition(a);
        let (before, behind) = a.split_at_mut(cut);
        part_until_short(behind, left);
        a = before;
    }
}
