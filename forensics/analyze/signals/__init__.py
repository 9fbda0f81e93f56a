"""The signals: reasons why two accounts may be one operator. One descriptor and one query each; order is fixed."""

from forensics.analyze.signals.hand_over import HAND_OVER
from forensics.analyze.signals.object_pairing import OBJECT_PAIRING
from forensics.analyze.signals.request_cadence import REQUEST_CADENCE
from forensics.analyze.signals.shared_client import SHARED_CLIENT
from forensics.analyze.signals.shared_device import SHARED_DEVICE
from forensics.analyze.signals.shared_ip_range import SHARED_IP_RANGE
from forensics.analyze.signals.shared_organization import SHARED_ORGANIZATION
from forensics.analyze.signals.shared_payment import SHARED_PAYMENT
from forensics.analyze.signals.shared_phone import SHARED_PHONE
from forensics.analyze.signals.shared_template import SHARED_TEMPLATE
from forensics.analyze.signals.signup_burst import SIGNUP_BURST
from forensics.analyze.signals.target_enumeration import TARGET_ENUMERATION
from forensics.model import Signal

SIGNALS: tuple[Signal, ...] = (
    SHARED_ORGANIZATION,
    SHARED_IP_RANGE,
    REQUEST_CADENCE,
    HAND_OVER,
    SHARED_PAYMENT,
    SHARED_PHONE,
    SHARED_DEVICE,
    SIGNUP_BURST,
    SHARED_CLIENT,
    SHARED_TEMPLATE,
    TARGET_ENUMERATION,
    OBJECT_PAIRING,
)
