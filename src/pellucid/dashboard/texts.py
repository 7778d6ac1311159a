"""Texts of the rows with their marked words and sentences, as the page asks for them."""

from typing import Literal

from pellucid._core.errors import InvalidInputError
from pellucid._core.typing import Integers
from pellucid._core.validation import kind_of
from pellucid.dashboard.chunks import encode, encode_texts
from pellucid.explanation.importance import Importance
from pellucid.explanation.token_values import TokenValues

TextKind = Literal["tokens", "sentences"]


def check_texts(texts: object, importance: Importance) -> TokenValues | None:
    """Return the texts of the rows behind a result, if there are any.

    Raises
    ------
    InvalidInputError
        They are no marked texts, or not of the rows and outputs of the result.
    """
    if texts is None:
        return None
    if not isinstance(texts, TokenValues):
        raise InvalidInputError(f"texts is {kind_of(texts)}; pass a TokenValues")
    n = 0 if importance.local is None else len(importance.local)
    k = importance.num_outputs
    if len(texts.texts) != n or texts.tokens.values.shape[1] != k:
        raise InvalidInputError(
            f"texts are {len(texts.texts)} with values of {texts.tokens.values.shape[1]} outputs; "
            f"this result holds {n} rows and {k} outputs"
        )
    return texts


def kind_of_texts(texts: TokenValues | None) -> TextKind | None:
    """Return whether words are marked alone, or sentences too."""
    return None if texts is None else "tokens" if texts.sentences is None else "sentences"


def text_chunks(texts: TokenValues, sent: Integers) -> dict[str, bytes]:
    """Return the texts of the rows sent.

    ``text`` is what is written; of ``token`` and ``sentence``, ``first``, ``start`` and ``stop`` are
    those of :class:`~pellucid.explanation.token_values.Marks`, in characters, and ``value/k`` is what
    each adds to output ``k``.
    """
    chunks = {"text": encode_texts(texts.texts[row] for row in sent.tolist())}
    for name, marks in (("token", texts.tokens), ("sentence", texts.sentences)):
        if marks is None:
            continue
        some = marks.take(sent)
        chunks |= {
            f"{name}/first": encode(some.first),
            f"{name}/start": encode(some.starts),
            f"{name}/stop": encode(some.stops),
        }
        for k, values in enumerate(some.values.T):
            chunks[f"{name}/value/{k}"] = encode(values)
    return chunks
