from fakes import FakeSession

from improvd.engine.improviser import Improviser
from improvd.engine.primer import REACH, Primer
from improvd.models.sampling import Sampler


def primed(steps):
    """An improviser that was fed from a fresh state, for comparison."""
    fresh = Improviser(FakeSession(), Sampler(seed=1))
    fresh.feed(steps)
    return fresh.snapshot()


def same(one, other):
    return one.history == other.history and (one.state[0] == other.state[0]).all()


def test_steps_are_fed_a_few_at_a_time_until_the_model_is_there():
    improviser = Improviser(FakeSession(), Sampler(seed=1))
    primer = Primer(improviser)
    steps = [14, 0, 0, 0, 16, 0]
    primer.aim(steps)
    assert not primer.work(4)
    assert primer.work(4)
    assert same(improviser.snapshot(), primed(steps))


def test_a_list_that_only_grows_is_never_fed_twice():
    session = FakeSession()
    primer = Primer(Improviser(session, Sampler(seed=1)))
    steps = [14, 0]
    primer.aim(steps)
    primer.work(10)
    steps += [0, 16]
    primer.work(10)
    primer.aim([*steps, 1])
    assert primer.work(10)
    assert session.steps == 5


def test_another_past_is_fed_from_a_fresh_state():
    improviser = Improviser(FakeSession(), Sampler(seed=1))
    primer = Primer(improviser)
    primer.aim([14, 0, 0, 0])
    primer.work(10)
    primer.aim([14, 0, 16, 0])
    primer.work(10)
    assert same(improviser.snapshot(), primed([14, 0, 16, 0]))


def test_starting_again_feeds_no_more_than_the_model_can_use():
    session = FakeSession()
    improviser = Improviser(session, Sampler(seed=1))
    primer = Primer(improviser)
    steps = [14 + n % 12 for n in range(1000)]
    primer.restart(steps)
    assert primer.work(2000)
    assert session.steps == REACH
    assert same(improviser.snapshot(), primed(steps[-REACH:]))
