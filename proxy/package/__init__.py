"""Reads dispatch packages, points them at the proxy, and learns how they fill in learners. Bytes in, bytes out.

Door: `inspect_package`, `rewrite_package`. Every refusal is a `PackageRefused` whose `reason` is a `Reason` word.
"""

from proxy.package.archive import DEFAULT_LIMITS as DEFAULT_LIMITS
from proxy.package.archive import Limits as Limits
from proxy.package.inspection import inspect_package as inspect_package
from proxy.package.learn import Learned as Learned
from proxy.package.learn import Target as Target
from proxy.package.reasons import Reason as Reason
from proxy.package.report import PackageReport as PackageReport
from proxy.package.rewrite import Rewritten as Rewritten
from proxy.package.rewrite import rewrite_package as rewrite_package
from proxy.package.traits import Generation as Generation
from proxy.package.traits import Standard as Standard
from proxy.package.verdicts import Verdict as Verdict
