"""The Python side of `python-worker-pool`: a process that imports a script once and serves calls.

    worker      start, load, serve, end: the only module that knows all others
    protocol    frames <-> bytes; no I/O
    channel     whole frames in and out of the two private descriptors
    stdio       which descriptor is what: the channel goes private, user code gets plain streams
    interrupts  SIGINT: raises inside user code only
    forks       a forked child never speaks for its parent
    script      loading the user's file, finding a function in it
    calls       one call: arguments, function, outcome
    event_loop  the one asyncio loop of the process
    codec       JSON text <-> values, fast
    convert     values JSON has no form for but we have a rule for
    errors      outcomes of a call that are no result; their texts are made in
    raised      ... what is told of an exception
    missing     ... of a function that is not there
    refusal     ... of a value that can not cross, and where it is
    logs        `logging` records become LOG frames
    tracing     a span for each call, where that is wanted; what it tells is in
    span_attributes
    stdlib      our own late imports, whatever the script's folder holds
    finder      makes scripts with odd names importable, also in `multiprocessing` children

Start-up speed is a feature: only modules built into the interpreter are imported before the script,
and what a plain call does not need (refusal, missing, logs, event_loop ...) is imported when it is
first used.
"""
