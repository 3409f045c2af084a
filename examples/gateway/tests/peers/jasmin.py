"""smpp.twisted3, the SMPP client that Jasmin's connectors are made of, as an ESME of a gateway on 127.0.0.1: jasmin.py PORT.

Sends a text and asks for a receipt, and takes a message for 3999 that waits for it there.
"""

import sys

from smpp.pdu.operations import DeliverSM, SubmitSM
from smpp.pdu.pdu_types import (
    AddrNpi,
    AddrTon,
    CommandStatus,
    EsmClassType,
    MessageState,
    RegisteredDelivery,
    RegisteredDeliveryReceipt,
)
from smpp.twisted.client import SMPPClientTransceiver
from smpp.twisted.config import SMPPClientConfig
from twisted.internet import defer, reactor

PORT = int(sys.argv[1])
PATIENCE = 20


class Esme:
    """A bound transceiver; what it is delivered can be waited for."""

    def __init__(self):
        self.message = defer.Deferred()
        self.receipt = defer.Deferred()

    def take(self, smpp, pdu):
        assert isinstance(pdu, DeliverSM), pdu
        is_receipt = pdu.params["esm_class"].type == EsmClassType.SMSC_DELIVERY_RECEIPT
        (self.receipt if is_receipt else self.message).callback(pdu)
        return CommandStatus.ESME_ROK

    @defer.inlineCallbacks
    def run(self):
        config = SMPPClientConfig(
            host="127.0.0.1", port=PORT, username="jasmin", password="secret4", enquireLinkTimerSecs=1
        )
        smpp = yield SMPPClientTransceiver(config, self.take).connectAndBind()
        print("bound")

        pdu = yield self.message
        assert pdu.params["short_message"] == b"to Jasmin's client", pdu.params["short_message"]
        print("took the message that waited for it")

        sent = yield smpp.sendDataRequest(
            SubmitSM(
                source_addr="3999",
                dest_addr_ton=AddrTon.INTERNATIONAL,
                dest_addr_npi=AddrNpi.ISDN,
                destination_addr="4915112345678",
                short_message=b"hello from Jasmin's client",
                registered_delivery=RegisteredDelivery(
                    RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED
                ),
            )
        )
        message_id = sent.response.params["message_id"]
        pdu = yield self.receipt
        assert pdu.params["receipted_message_id"] == message_id, (pdu, message_id)
        assert pdu.params["message_state"] == MessageState.DELIVERED, pdu
        assert pdu.params["short_message"].startswith(b"id:" + message_id + b" sub:001 dlvrd:001 "), pdu
        print("sent a message, got its receipt")
        yield smpp.unbindAndDisconnect()


def end(result, status):
    global failed
    failed = status
    if status:
        print(result)
    reactor.stop()


failed = 1
reactor.callLater(PATIENCE, reactor.stop)
reactor.callWhenRunning(lambda: Esme().run().addCallbacks(end, end, callbackArgs=[0], errbackArgs=[1]))
reactor.run()
if failed:
    print("smpp.twisted3: not well within %d s" % PATIENCE)
sys.exit(failed)
