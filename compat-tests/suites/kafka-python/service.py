"""In the place of the module that starts brokers for kafka-python's tests, which its source distribution leaves out. The broker
runs already, so nothing is started."""


class ExternalService:
    """What the tests hold of a broker that is not theirs."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    def dump_logs(self):
        pass

    def stop(self):
        pass


class SpawnedService:
    def __init__(self, *_):
        raise NotImplementedError("these tests run against a broker that runs already")
