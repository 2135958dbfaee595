//! Machines that use every form of the language, each at least once.

use machine_spec::machine;

machine! {
    /// Records, tuples, options, matches, ranges and arithmetic.
    pub machine Orchard;

    id Tree;
    epoch Branch;
    enum Fruit { Apple, Pear { ripe: bool, weight: i8 } }
    record Basket { fruit: Fruit, count: u8 }

    input Plant { tree: Tree, fruit: Fruit }
    input Grow { by: i8 }
    input Pick { tree: Tree, limit: Option<u8> }
    input Prune { trees: Set<Tree> }
    input Season { factor: u8 }
    input Note { marks: Map<Tree, u8> }
    effect Picked { basket: Basket, left: u64 }
    effect Grew { balance: i8, branch: Branch, was: i8 }

    region ledger {
        phases { initial Open, Paused { since: Branch, balance: i8 } }
        field balance: i8 = 2;
        field branch: Branch = Branch::ZERO;
        field last: Option<Basket> = None;
        field counts: Map<Tree, u8> = Map::new();
        field known: Set<Tree> = Set::new();
        field pair: u8 = u8::MAX;

        on Plant { tree, fruit: kind } from any stay {
            require "the tree is new": !self.known.contains(tree);
            let weight = match kind {
                Fruit::Apple => 1,
                Fruit::Pear { ripe: true, weight } if weight > 0 => weight,
                Fruit::Pear { .. } => -1,
            };
            set known = self.known.with(tree);
            insert tree => 2 into counts;
            set balance = if weight < 0 { self.balance - weight } else { self.balance + weight };
        }
        on Grow { by } {
            let grown = self.balance + by;

            from Open stay {
                require "it grows a little": matches!(grown, -5..=5);
                set balance = grown;
                set branch = self.branch.fresh();
                emit Grew { balance: next.balance, branch: next.branch, was: self.balance };
            }
            from Open to Paused { since: self.branch, balance: grown / 2 } {
                require "it grows too much": !matches!(grown, -5..=5) && grown % 2 == 0;
            }
            from Paused { since, balance: 0 | 1 } to Open {
                require "a branch has grown": since < self.branch || (since, by) == (self.branch, 2);
                set balance = 4 - grown;
            }
            from Paused { balance, .. } to Open { set balance = (balance * 2 - 1).min(100).max(-100); }
        }
        on Pick { tree, limit } from Open stay {
            require "the tree bears": let Some(left) = self.counts.get(tree).copied();
            require "the limit allows it": limit.is_none_or(|most| left >= most) || limit == Some(0);
            let taken = if let Some(most) = limit && most > 0 { most } else { 1 };
            let basket = Basket { count: taken, fruit: Fruit::Pear { weight: 3, ripe: left > taken } };
            set last = Some(basket);
            insert tree => left - taken into counts;
            emit Picked { basket, left: self.counts.len() };
        }
        on Prune { trees } from Open stay {
            require "they are known": trees.is_subset(&self.known) && !trees.is_empty();
            require "one is left": trees.len() < self.known.len() || self.last.is_some_and(|last| last.count == 1);
            set known = if let Some(first) = trees.first() { self.known.without(first) } else { Set::new() };
        }
        on Season { factor } from any stay { set pair = (self.pair / factor) * 2 + 1; }
        on Note { marks } from any stay {
            require "there are few marks": marks.all(|tree, mark| mark < 2 || self.known.contains(tree))
                && marks.count(|tree, mark| mark == 1) < 2 && !self.known.any(|tree| marks.get(tree).copied() == Some(0));
            set counts = marks;
        }
    }

    invariant "what is known is counted or was pruned": ledger.known.len() <= 2;
    invariant "the balance fits": ledger.balance > i8::MIN;
    always "a branch never shrinks": ledger.branch <= next.ledger.branch;
    always "a pause begins at the branch": ledger.is(Open) && next.ledger.is(Paused) => match next.ledger.phase {
        Paused { since, balance } if balance != 0 => since == ledger.branch,
        Open | Paused { .. } => true,
    };
    reachable "a basket with one": ledger.last.is_some_and(|last| last.count == 1 && last.fruit != Fruit::Apple);
    reachable "overflowing claims hold nowhere": ledger.pair + 1 > 250;
    possible "it can open": ledger.is(Paused) => ledger.phase == LedgerPhase::Open;
}

machine! {
    /// Every way to be rejected, and transitions that compete.
    pub machine Almanac;

    epoch Page;
    enum Ink { Blue, Black, Red }

    input Write { page: Page, ink: Ink, size: u8 }
    input Blot { ink: Ink, by: u8 }
    input Turn { by: u8 }
    input Tear { page: Page }
    effect Wrote { page: Page, size: u8 }
    effect Turned { total: u8, ink: Ink, was: u8 }
    effect Torn { page: Page }

    region book {
        phases { initial Shut, Read { upto: Page }, final Full }
        field written: u8 = 0;
        field latest: Page = Page::ZERO;

        on Write { page, size } {
            from Shut to Read { upto: page } {
                require "it is small": size < 3;
                set written = self.written + size;
                set latest = self.latest.fresh();
            }
            from Read { upto } to Read { upto: page } {
                require "it goes on": page > upto && size != 1;
                set written = self.written + size * 2;
            }
            from Read { upto } to Full { require "it is the last": page == upto; require "it is large": size > 1; }
        }
        on Turn { by } {
            from any except Shut stay;
            from Shut to Read { upto: Page::ZERO } {
                require "it is used": blots.any(|blot| blot.drops > by) || blots.is_empty();
            }
            ignore from Full;
        }
        on Tear from any stay;
    }

    keyed region blots[Ink] {
        phases { Wet { size: u8 }, Dry, final Faded }
        field drops: u8;
        field marks: Set<u8> = Set::new();

        pub select wet = Wet { .. };
        select small = Wet { size: 0 | 1 } | Dry where self.drops < 4;
        select dry = Dry;

        on Write { ink, size: amount } create if amount == 2 { Ink::Red } else { ink } to Wet { size: amount } {
            require "there is ink": amount + 250 != 250;
            set drops = amount * 100;
        }
        on Blot { ink, by } at ink {
            from Wet { size } to Dry {
                require "it dries": size <= by;
                insert by into marks;
                set drops = self.drops - by;
            }
            from Wet { size: 0 } to Faded;
            from Wet { size } stay {
                require "it runs": blots.get(Ink::Blue).is_none_or(|blue| blue.drops >= self.drops || blue.is(Dry));
                insert size into marks;
                remove 1 from marks;
            }
            from Dry remove { require "it is old": blots.dry.len() + blots.count(|blot| blot.is(Wet)) > 1; }
            ignore from Faded;
        }
        on Turn { by } each small {
            let total: u8 = book.written + by;
            let room: bool = book.is(Read) && total < 250;

            from Wet { size } to Wet { size: size + 1 } {
                require "there is room": room;
                set drops = self.drops + by;
                emit Turned { total, ink: self.key, was: self.drops };
                emit Turned { total: next.drops, ink: self.key, was: size };
            }
            from Wet { .. } to Dry { require "it is full": !room && self.drops >= by; }
            from Dry to Faded;
        }
    }

    keyed region pages[Page] {
        phases { Kept }
        select kept = Kept;

        on Write { page, size } create page to Kept { emit Wrote { page, size }; }
        on Tear { page } at page from Kept remove {
            require "it is the last": pages.kept.last() == Some(page) && pages.kept.after(Some(page)).is_none();
            emit Torn { page: self.key };
        }
    }

    invariant "every blot has marks or drops": blots.all(|blot| blot.drops > 0 || !blot.marks.is_empty() || blot.is(Faded));
    always "a page that is kept stays, or was the last": pages.kept.is_subset(&next.pages.kept)
        || next.pages.kept.len() + 1 == pages.kept.len();
    always "a faded blot stays": blots.all(|blot| !blot.is(Faded)
        || matches!(next.blots.get(blot.key), Some(later) if later.phase == blot.phase));
    reachable "everything is written": book.is(Full);
    possible "a page can be torn out": !pages.is_empty() => pages.len() == 0;
}
