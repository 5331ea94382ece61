//! One random world, from the search for an interpreter to the end of the pool.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::{
    Action, Call, CallId, CallKey, Event, SECOND, Settings, Ticket, WorkerId, epoch, import_error,
    killed,
};
use super::machine::Machine;
use super::outcomes::key_of;
use super::processes::{Process, State};
use super::random::Random;
use super::truth::{CallState, Phase, Truth};
use super::{Checked, Rule, require};
use crate::failure::{Failure, InterpreterNote, PythonError};
use crate::wire::{Output, Request};

/// Of all calls.
pub(super) const FUNCTION: &str = "f";

/// How much happens before the pool is shut down, if it was not before.
const LENGTH: usize = 600;
/// A value that no call of a world has.
const FOREIGN: Ticket = Ticket::MAX;
/// How many of the latest calls are still worth an abort.
const RECENT: u64 = 40;

pub(super) struct Story {
    machine: Machine,
    truth: Truth,
    random: Random,
    now: Instant,
    events: usize,
    /// Prints what happens.
    is_told: bool,
    /// Nobody holds the pool any more.
    is_abandoned: bool,
    /// What processes said or are about to say too late: their call and its value.
    late: Vec<(WorkerId, CallId, Ticket)>,
}

impl Story {
    pub(super) fn new(seed: u64, machine: impl Fn(Settings) -> Machine, is_told: bool) -> Self {
        let mut random = Random::new(seed);
        let settings = random_settings(&mut random);
        let now = epoch();
        Self {
            machine: machine(settings.clone()),
            truth: Truth::new(settings, now),
            random,
            now,
            events: 0,
            is_told,
            is_abandoned: false,
            late: Vec::new(),
        }
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    pub(super) fn outcomes(&self) -> &BTreeMap<&'static str, usize> {
        &self.truth.outcomes
    }

    pub(super) fn play(&mut self) -> Checked {
        self.begin()?;
        for _ in 0..LENGTH {
            // Little can come of a pool at its end, or of a dead one.
            let is_late = self.truth.phase == Phase::Ending || self.truth.processes.all_retired();
            if self.truth.phase == Phase::Over || (is_late && self.random.one_in(20)) {
                break;
            }
            self.next()?;
        }
        self.finish()
    }

    fn happens(&mut self, event: Event<Ticket>) -> Checked {
        if self.is_told {
            println!("{event:?}");
        }
        self.events += 1;
        self.truth.tell(&event, self.now);
        self.tell(event)?;
        self.truth.check(self.machine.scheduler.next_deadline())
    }

    fn tell(&mut self, event: Event<Ticket>) -> Checked {
        for action in self.machine.handle(event, self.now) {
            if self.is_told {
                println!("    {action:?}");
            }
            let asked = match action {
                Action::TakeBack(worker) => Some(worker),
                _ => None,
            };
            self.truth.observe(action)?;
            if let Some(worker) = asked {
                self.take_back(worker)?;
            }
        }
        Ok(())
    }

    /// What a worker has not started comes back, before anything else happens.
    fn take_back(&mut self, worker: WorkerId) -> Checked {
        let calls = self.unstarted(worker, true);
        let event = Event::TakenBack(worker, calls);
        if self.is_told {
            println!("    {event:?}");
        }
        self.truth.learns(&event);
        self.tell(event)
    }

    fn unstarted(&mut self, worker: WorkerId, lives: bool) -> Vec<CallId> {
        let Some(process) = self.truth.processes.get(worker) else {
            return Vec::new();
        };
        let (least, all) = (process.claimed, process.held.len());
        // As a rule just the first one.
        let started = match self.random.below(6) {
            0 => least,
            1 => all,
            2 => least + self.random.index_below(all - least + 1),
            _ => all.min(1).max(least),
        };
        self.truth.take_back(worker, started, lives)
    }

    fn begin(&mut self) -> Checked {
        if self.random.one_in(10) {
            self.submit()?;
        }
        if self.random.one_in(30) {
            self.happens(Event::Shutdown { grace: SECOND })?;
        }
        if self.random.one_in(30) {
            return self.happens(Event::CanNotStart(Failure::NotInitialized));
        }
        self.happens(Event::Start(InterpreterNote::default()))?;
        if self.random.one_in(5) {
            return Ok(()); // a start with misfortunes
        }
        let starting: Vec<_> = self.truth.processes.alive().map(|one| one.id).collect();
        starting
            .into_iter()
            .try_for_each(|worker| self.happens(Event::Ready(worker)))
    }

    fn next(&mut self) -> Checked {
        match self.random.below(100) {
            0..26 => self.submit(),
            26..60 => self.reply(),
            60..75 => self.get_ready(),
            75..84 => self.time_passes(),
            84..87 => self.misfortune(),
            87..89 => self.abort(),
            89..91 => self.tell_stacks(),
            91..94 => self.speak_late(),
            _ => self.end_something(),
        }
    }

    fn submit(&mut self) -> Checked {
        if self.is_abandoned {
            return Ok(()); // there is nobody to do so
        }
        let ticket = Ticket::try_from(self.truth.calls.len()).unwrap();
        let timeout = self.random.one_in(2);
        let timeout = timeout.then(|| Duration::from_millis(100 + self.random.below(5000)));
        let interrupt = self.random.one_in(2);
        self.happens(Event::Submit(Call {
            request: request(ticket),
            ticket,
            timeout,
            key: key_of(ticket),
            interrupt,
        }))
    }

    fn reply(&mut self) -> Checked {
        let process = self.some_process();
        let Some((worker, state, (call, ticket))) =
            process.and_then(|one| Some((one.id, one.state, *one.held.front()?)))
        else {
            return Ok(());
        };
        self.late.push((worker, call, ticket));
        if state != State::Serving && self.random.one_in(2) {
            return Ok(()); // `speak_late` may
        }
        self.happens(Event::Replied(worker, call, Ok(value(ticket))))
    }

    fn get_ready(&mut self) -> Checked {
        let Some(process) = self.some_process() else {
            return Ok(());
        };
        let is_importing = process.state == State::Importing;
        if is_importing && self.random.one_in(30) {
            return self.happens(Event::LoadFailed(process.id, import_error()));
        }
        if is_importing || self.random.one_in(10) {
            return self.happens(Event::Ready(process.id));
        }
        Ok(())
    }

    /// With a tick at each deadline on the way; what happens next may overtake the last of them.
    fn time_passes(&mut self) -> Checked {
        let far = if self.random.one_in(8) { 12_000 } else { 900 };
        let end = self.now + self.random.millis_below(far);
        while let Some(at) = self
            .machine
            .scheduler
            .next_deadline()
            .filter(|at| *at <= end)
        {
            self.now = self.now.max(at);
            self.happens(Event::Tick)?;
        }
        self.now = end;
        if self.random.one_in(4) {
            self.now += Duration::from_millis(200);
        }
        Ok(())
    }

    fn misfortune(&mut self) -> Checked {
        let Some(process) = self.some_process() else {
            return Ok(());
        };
        let worker = process.id;
        match self.random.below(9) {
            0 => self.happens(Event::Garbled(worker, killed())),
            8 => self.distrust(),
            1 if process.state == State::Importing => {
                let refused = std::io::Error::from_raw_os_error(11);
                let failure = Failure::system("start", "spawn", &refused);
                self.happens(Event::StartFailed(worker, failure))
            }
            2 => {
                let id = CallId(self.random.below(50) + 1);
                let own = process.held.front().filter(|(held, _)| *held == id);
                let value = value(own.map_or(FOREIGN, |(_, ticket)| *ticket));
                self.happens(Event::Replied(worker, id, Ok(value)))
            }
            _ => self.exit(worker),
        }
    }

    fn exit(&mut self, worker: WorkerId) -> Checked {
        let unstarted = self.unstarted(worker, false);
        self.happens(Event::Exited {
            worker,
            death: killed(),
            unstarted,
        })
    }

    fn abort(&mut self) -> Checked {
        let last = self.truth.calls.len() as u64;
        let count = 1 + self.random.below(3);
        let recent = (0..count).map(|_| last.saturating_sub(1 + self.random.below(RECENT)));
        let keys = recent.map(CallKey).collect();
        self.happens(Event::Abort(keys))
    }

    /// The caller finds that the value of a call is none, sooner or later.
    fn distrust(&mut self) -> Checked {
        let Some(&(_, _, ticket)) = self.random.pick(&self.late) else {
            return Ok(());
        };
        let last = self.truth.processes.alive().find_map(Process::last_answer);
        let ticket = last.filter(|_| self.random.one_in(2)).unwrap_or(ticket);
        self.happens(Event::Distrust(key_of(ticket), "no JSON".into()))
    }

    fn tell_stacks(&mut self) -> Checked {
        match self.some_process() {
            Some(process) => self.happens(Event::Stacks(process.id, "stacks".into())),
            None => Ok(()),
        }
    }

    /// News of what has long been settled, or of a process that was replaced.
    fn speak_late(&mut self) -> Checked {
        let Some(&(worker, call, ticket)) = self.random.pick(&self.late) else {
            return Ok(());
        };
        let is_there = self.truth.processes.get(worker).is_some();
        let is_held = matches!(
            self.truth.calls[ticket as usize].state,
            CallState::Held { by } if by == worker
        );
        match self.random.below(6) {
            _ if is_held => Ok(()),
            // A process that is there says nothing twice, or it is not to be trusted: `misfortune`.
            0 if !is_there => self.happens(Event::Ready(worker)),
            1 if !is_there => self.happens(Event::LoadFailed(worker, PythonError::default())),
            2 if !is_there => self.happens(Event::Garbled(worker, killed())),
            3 if !is_there => self.exit(worker),
            _ if !self.truth.processes.serves(worker) => {
                self.happens(Event::Replied(worker, call, Ok(value(ticket))))
            }
            _ => Ok(()),
        }
    }

    /// Ends what is to end, or all of it.
    fn end_something(&mut self) -> Checked {
        match self.some_process() {
            Some(process) if !matches!(process.state, State::Importing | State::Serving) => {
                self.exit(process.id)
            }
            _ if self.random.one_in(200) => self.shut_down(),
            _ if self.random.one_in(200) => {
                self.is_abandoned = true;
                self.happens(Event::Abandon { grace: SECOND })
            }
            _ => Ok(()),
        }
    }

    fn shut_down(&mut self) -> Checked {
        let grace = Duration::from_millis(self.random.below(4800));
        self.happens(Event::Shutdown { grace })
    }

    /// Whatever is asked to end does so, some only when killed, until all is over.
    fn finish(&mut self) -> Checked {
        if self.truth.phase == Phase::Over {
            return Ok(());
        }
        self.shut_down()?;
        for _ in 0..4 {
            let left: Vec<_> = self
                .truth
                .processes
                .alive()
                .map(|one| (one.id, one.state))
                .collect();
            for (worker, state) in left {
                if state == State::Killed || self.random.one_in(2) {
                    self.exit(worker)?;
                }
            }
            if self.truth.phase == Phase::Over {
                return Ok(());
            }
            self.now += LONGEST_PAUSE;
            self.happens(Event::Tick)?;
        }
        require(self.truth.phase == Phase::Over, Rule::Closed, || {
            "the pool never closed".into()
        })
    }

    fn some_process(&mut self) -> Option<Process> {
        let alive: Vec<_> = self.truth.processes.alive().cloned().collect();
        self.random.pick(&alive).cloned()
    }
}

/// Longer than any grace.
const LONGEST_PAUSE: Duration = Duration::from_secs(6);

fn random_settings(random: &mut Random) -> Settings {
    let is_bounded = random.one_in(3);
    let is_impatient = random.one_in(3);
    Settings {
        workers: usize::try_from(1 + random.below(8)).unwrap(),
        max_crashes: u32::try_from(1 + random.below(4)).unwrap(),
        startup_timeout: Duration::from_millis(1000 + random.below(30_000)),
        max_queue: if is_bounded {
            usize::try_from(random.below(12)).unwrap()
        } else {
            usize::MAX
        },
        queue_timeout: is_impatient.then(|| Duration::from_millis(200 + random.below(5000))),
        window: usize::try_from(1 + random.below(6)).unwrap(),
        script: "provider.py".into(),
    }
}

/// What a worker is sent for a call; see `ticket_of`.
pub(super) fn request(ticket: Ticket) -> Request {
    Request::new(FUNCTION, &ticket.to_string())
}

fn value(ticket: Ticket) -> Output {
    Output::new(ticket.to_string().into_bytes())
}
