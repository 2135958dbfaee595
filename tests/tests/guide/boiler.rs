use machine_spec::machine;

machine! {
    /// A boiler with more than one fault.
    pub machine Boiler;

    input Heat;
    input Cool;
    input Blow;

    region boiler {
        phases { initial Cold, Warm, Hot, final Dead }

        on Heat {
            from Cold to Warm;
            from Warm to Hot;
        }
        on Cool from Warm | Hot to Cold;
        on Blow from Hot to Dead;
    }

    invariant "it is never hot": !boiler.is(Hot);
    always "it cools down step by step": boiler.is(Hot) => !next.boiler.is(Cold);
    reachable "it is cold and dead at once": boiler.is(Dead) && boiler.is(Cold);
    possible "it can become cold again": true => boiler.is(Cold);
}
