"""Every fault, in the order in which they are tried; and those that tell most, for a quick look."""

from tests.trials.drill import floods, network, processes, surroundings, tokens, valkey
from tests.trials.drill.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    processes.WorkerKilled,
    processes.WorkerPaused,
    processes.WorkerSlowed,
    processes.TorchServeKilled,
    processes.TorchServePaused,
    processes.ReplicaKilled,
    processes.ReplicaWorkerKilled,
    processes.ReplicaPaused,
    valkey.ValkeyKilled,
    valkey.ValkeyPaused,
    valkey.ValkeyFull,
    valkey.ValkeyEmptied,
    processes.GatewayKilled,
    processes.GatewayPaused,
    floods.Burst,
    floods.QueueFull,
    network.NetworkSlow,
    network.NetworkCut,
    network.NetworkFlaps,
    network.BlackHole,
    network.LongBlackHole,
    network.ReplicaBlackHole,
    tokens.TokensWanted,
    surroundings.DiskFull,
    surroundings.ClockForward,
    surroundings.ClockBack,
)

TELLING: tuple[type[Fault], ...] = (
    processes.WorkerKilled,
    processes.WorkerPaused,
    valkey.ValkeyPaused,
    network.BlackHole,
    processes.TorchServeKilled,
    processes.GatewayKilled,
)
