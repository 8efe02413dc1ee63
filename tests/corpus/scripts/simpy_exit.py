import simpy


def charge(env, minutes):
    yield env.timeout(minutes)
    env.exit(minutes * 11)


def car(env, log):
    for trip in (3, 5, 8):
        yield env.timeout(trip)
        energy = yield env.process(charge(env, trip // 2))
        log.append((env.now, energy))


env = simpy.Environment()
log = []
env.process(car(env, log))
env.run(until=40)
print(log)
print("end", env.now)
