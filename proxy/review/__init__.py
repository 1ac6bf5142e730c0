"""What becomes of every place of personal data in an API: declarations held against a published inventory."""

from proxy.review.inventory import Row as Row
from proxy.review.inventory import inventory as inventory
from proxy.review.verdicts import verdict_of as verdict_of
from proxy.review.words import WORDS as WORDS
from proxy.review.words import Verdict as Verdict
