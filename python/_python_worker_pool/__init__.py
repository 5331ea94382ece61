"""The Python side of `python-worker-pool`: a process that imports a script once and serves calls.

    worker        start, load, serve, end: the only module that knows most others
    protocol      frames <-> bytes; no I/O
    channel       whole frames in and out of the two private descriptors
    spin          how long to poll for the next call before blocking
    start_tokens  which of the calls that were sent may start
    stdio         which descriptor is what: the channel goes private, user code gets streams whose
                  text names its call
    interrupts    SIGINT: raises inside user code only
    forks         a forked child never speaks for its parent
    script        loads the user's file or module, finds a function in it
    module_names  the names a script is imported by, and the folders of its neighbours
    main_module   `__main__` answers for the script
    calls         one call: arguments, function, outcome
    batches       several calls of one function that run as one
    current_call  the context variable that names the call whose code runs
    event_loop    the one asyncio loop of the process
    loop_server   serves calls beside it, with
    tasks         ... async calls, each a task
    call_threads  ... plain functions in threads, if several may run
    coroutines    where a coroutine waits, and
    thread_stacks ... where a thread is, both as
    stack_text    ... text, without frames of ours
    replies       ... the replies, those of one turn of the loop joined
    cancels       calls that the host has cancelled
    codec         JSON text <-> values, fast
    json_fallback the same by the `json` module, where its private C functions cannot be used
    buffers       out-of-band buffers: binary values and long strings beside the JSON
    binary        values that are one piece of memory
    convert       values without a JSON form that we have a rule for
    errors        outcomes of a call other than a result; their texts are made in
    exceptions    ... serialises an exception
    not_found     ... a function that does not exist, or the script's module
    advice        ... what to do about an exception, from
    missing_module    ... what a missing module needs, by the tables in
    packages          ... module -> package, and what the standard library lost
    project_files     ... modules of the user's own that Python does not search
    file_kinds        ... what a file is that is no Python script
    diagnose      ... a value that cannot be encoded, and its path
    logs          `logging` records become LOG frames, with
    log_details   ... where they were made, their exception, and what the script added
    tracing       a span for each call, where tracing is on
    span_text     values as OpenTelemetry accepts them in attributes
    plugin        hooks for the conventions of one kind of caller; loaded when first needed
    stdlib        our own late imports, whatever the script's folder holds
    finder        makes scripts with odd names importable, also in `multiprocessing` children

Start-up speed is a feature. Only modules built into the interpreter are imported before the script,
and what a plain call does not need (diagnose, not_found, logs, event_loop ...) is imported when it
is first used.

Annotations cost nothing at run time: only type checkers import `typing`, and what Python 3.7 cannot
evaluate is in quotes. `from __future__ import annotations` would spare the quotes, but it imports a
file: 0.2 to 0.4 ms of every start.
"""
