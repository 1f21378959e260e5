"""The local runner: a pipeline's plan carried out on this machine, each step in an environment or in its image.

What the command line and the report build on (each name stands in the module it is listed under):

    runner      run_pipeline(pipeline, given, *, home, reference="", as_of=None, jobs=None, listener=…) -> Run
                resume_run(home, run_id, pipeline, *, jobs=None, listener=…) -> Run
    planning    plan_pipeline(pipeline, given, *, home, as_of=None) -> Planned
                PlannedTask(id, action, reason); action is `run`, `cached`, `depends` or `skip`
    unplanned   record_failure(error, wish, *, home, listener=…) -> Run, of a pipeline that cannot be compiled
    recovery    next_command(run) -> str: what to call after a failure
    records     Run(id, pipeline, reference, state, exit_code, …, tasks: tuple[TaskRecord, ...])
                list_runs(home) -> list[Run], newest first; load_run(home, run_id) -> Run
    services    up(home, environ) -> Endpoints; down(home); status(home, environ) -> tuple[Status, ...]
                in_use(home, environ, …): a context that starts what is missing and stops it when nobody needs it
    endpoints   Endpoints.for_people (DATABASE_URL may write), Endpoints.for_steps (DATABASE_URL only reads)
    display     plain(stream) and live(console): listeners for the events of `events`

`pipeline` is an `ir.Pipeline`, `given` maps parameter names to texts (as typed by a person) or JSON values, `as_of` is
a text; `home` is a directory such as `.stockpot`. Wrong parameters are raised as a `StepError` with its exit code,
before anything starts. Everything else that goes wrong is in the run, which has ended then: `Run.state` (`succeeded`,
`failed`, `interrupted`), `Run.exit_code` and `Run.error`.

    HOME/runs/<run id>/run.json             the run, written atomically whenever something changes
    HOME/runs/<run id>/steps/<task id>/     task.json, command.json, stdout, stderr, outputs/<name>
    HOME/cache/<key>/                       outputs of pure steps
    HOME/services/                          data, logs and credentials of the embedded Postgres and S3 store

All of it is for its owner alone (`homes.private`).
"""
