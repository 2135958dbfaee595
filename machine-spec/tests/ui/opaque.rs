use machine_spec::machine;

machine! {
    pub machine Post;

    id Letter;
    opaque Text = String;
    opaque Borrowed = Vec<u8>;
    record Page { number: u8, text: Text }

    input Write { letter: Letter, text: Text, page: Page, shelf: Borrowed }
    input Shelve { shelf: Map<Text, u8> }

    region desk {
        phases { initial Empty, Full { text: Text } }
        field last: Option<Text> = None;
        field pages: Seq<Page> = Seq::new();
        field shelf: Option<Borrowed> = None;

        on Write { letter, text, page, shelf } {
            from Empty to Full { text } {
                require "it is new": self.last != Some(text);
                require "it is long": text.len() > 3;
                require "it is a word": text.0 == page.text;
                require "the page is new": !self.pages.contains(page);
                append page to pages;
                set shelf = Some(shelf);
            }
            from Full { text: old } to Empty { require "it is a page": page == Page { number: 0, text: old }; }
        }
        on Shelve { shelf } from any stay;
    }

    keyed region drawers[Text] {
        phases { Shut, final Open }

        on Write { text } create text to Shut;
        on Shelve each shut from Shut to Open;
    }

    invariant "the desk stays": desk.phase == DeskPhase::Empty && desk.shelf.is_none();
}

fn main() {}
