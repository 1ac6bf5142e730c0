"""Transparency logs: Merkle trees (RFC 6962), signed notes and checkpoints (C2SP). Pure: bytes and texts in and out."""

from proxy.tlog.checkpoint import Checkpoint as Checkpoint
from proxy.tlog.checkpoint import parse_checkpoint as parse_checkpoint
from proxy.tlog.merkle import EMPTY_ROOT as EMPTY_ROOT
from proxy.tlog.merkle import Frontier as Frontier
from proxy.tlog.merkle import leaf_hash as leaf_hash
from proxy.tlog.merkle import node_hash as node_hash
from proxy.tlog.note import Note as Note
from proxy.tlog.note import NoteInvalid as NoteInvalid
from proxy.tlog.note import NoteKey as NoteKey
from proxy.tlog.note import NoteSigner as NoteSigner
from proxy.tlog.note import parse_note as parse_note
