"""Writing aid-keys again: behind what is there, which is deleted only once all is acknowledged."""

from collections.abc import Callable, Iterable
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from kafka import TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from events.catalog import Topic
from infra.kafka import KafkaUnavailable, admin_client, producer
from infra.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = 30.0
IN_FLIGHT: Final = 1_000
_ROLLS: Final = "segment.ms"


Written = tuple[bytes, bytes]
"""Key and value of a message."""


def written_again(
    settings: Settings, messages: Iterable[Written], last: Callable[[int], Written]
) -> int:
    """Write the messages in order, and after them `last`, which is told the first one's offset.

    Returns that offset. Raises KafkaUnavailable.
    """
    topic, first = settings.topic(Topic.KEYS), -1
    with _rolled(settings, topic), closing(producer(settings)) as client:

        def send(message: Written) -> Any:
            return client.send(topic, key=message[0], value=message[1], partition=0)

        waiting: list[Any] = []
        try:
            for message in messages:
                waiting.append(send(message))
                if first < 0 or len(waiting) >= IN_FLIGHT:
                    offsets = [sent.get(SECONDS).offset for sent in waiting]
                    first, waiting = offsets[0] if first < 0 else first, []
            for sent in waiting:
                sent.get(SECONDS)
            send(last(first)).get(SECONDS)
        except KafkaError as error:
            raise KafkaUnavailable(f"{topic} was not written again: {error}") from error
    return first


def deleted_before(settings: Settings, offset: int) -> None:
    """Have the broker delete all of aid-keys before an offset. Raises KafkaUnavailable."""
    topic = settings.topic(Topic.KEYS)
    with closing(admin_client(settings)) as admin:
        try:
            admin.delete_records({TopicPartition(topic, 0): offset})
        except KafkaError as error:
            raise KafkaUnavailable(f"{topic} before {offset} stays: {error}") from error


@contextmanager
def _rolled(settings: Settings, topic: str) -> "Iterator[None]":
    """What is written first goes into a new file of the log: the broker deletes whole files."""
    resource = ConfigResourceType.TOPIC

    def alter(value: Any) -> None:
        with closing(admin_client(settings)) as admin:
            try:
                admin.alter_configs([ConfigResource(resource, topic, {_ROLLS: value})])
            except KafkaError as error:
                raise KafkaUnavailable(f"{topic} takes no setting: {error}") from error

    alter("1")
    try:
        yield
    finally:
        alter((AlterConfigOp.DELETE, None))
