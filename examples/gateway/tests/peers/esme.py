"""smpplib as an ESME of a gateway on 127.0.0.1: esme.py PORT, with a message for 3888 that waits for it there.

Sends a text and one of several parts, gets a receipt for each, asks with query_sm, and takes the message.
"""

import sys

import smpplib.client
import smpplib.consts
import smpplib.smpp

PORT = int(sys.argv[1])
PATIENCE = 20
RECEIPT = 0x04
RECIPIENT = "4915112345678"
LONG = "".join("sentence %02d of a long text from smpplib. " % n for n in range(9)) + "end"


class Esme:
    """A bound transceiver that reads one PDU at a time; what comes meanwhile is kept."""

    def __init__(self, system_id, password):
        self.client = smpplib.client.Client("127.0.0.1", PORT, timeout=PATIENCE)
        self.kept = []
        self.client.connect()
        self.client.bind_transceiver(system_id=system_id, password=password)

    def send(self, command, **fields):
        pdu = smpplib.smpp.make_pdu(command, client=self.client, **fields)
        self.client.send_pdu(pdu)
        return self.until(command + "_resp")

    def read(self):
        pdu = self.client.read_pdu()
        if pdu.command == "enquire_link":
            self.client._enquire_link_received(pdu)
        if pdu.command == "deliver_sm":
            response = smpplib.smpp.make_pdu("deliver_sm_resp", client=self.client)
            response.sequence = pdu.sequence
            self.client.send_pdu(response)
            self.kept.append(pdu)
        return pdu

    def until(self, command):
        while True:
            pdu = self.read()
            if pdu.command == command:
                assert not pdu.is_error(), (command, pdu.status)
                return pdu

    def delivered(self, wanted, what):
        """The first deliver_sm that is wanted."""
        while True:
            for pdu in self.kept:
                if wanted(pdu):
                    self.kept.remove(pdu)
                    return pdu
            try:
                self.read()
            except Exception as error:
                sys.exit("no %s: %s; there was %s" % (what, error, self.kept))

    def submit(self, **text):
        response = self.send(
            "submit_sm",
            source_addr="3888",
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr=RECIPIENT,
            registered_delivery=1,
            **text
        )
        return response.message_id

    def receipt(self, message_id):
        pdu = self.delivered(lambda pdu: pdu.esm_class == RECEIPT, "receipt")
        assert pdu.receipted_message_id == message_id, (pdu.receipted_message_id, message_id)
        assert pdu.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED, pdu.message_state
        assert pdu.short_message.startswith(b"id:" + message_id + b" sub:"), pdu.short_message
        assert b" stat:DELIVRD " in pdu.short_message, pdu.short_message

    def state(self, message_id):
        pdu = self.send("query_sm", message_id=message_id.decode(), source_addr="3888")
        assert pdu.message_id == message_id, pdu.message_id
        return pdu.message_state


def main():
    esme = Esme("third", "secret3")
    print("bound")
    pdu = esme.delivered(lambda pdu: pdu.esm_class != RECEIPT, "message from a handset")
    assert pdu.short_message == b"to the third", pdu.short_message
    print("took the message that waited for it")

    message_id = esme.submit(short_message=b"hello from smpplib")
    enroute = esme.state(message_id)
    assert enroute == smpplib.consts.SMPP_MESSAGE_STATE_ENROUTE, enroute
    esme.receipt(message_id)
    assert esme.state(message_id) == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
    print("sent a message, asked query_sm before and after, got its receipt")

    esme.receipt(esme.submit(short_message=b"", message_payload=LONG.encode()))
    print("sent a message_payload of %d octets, got one receipt" % len(LONG))

    esme.send("unbind")
    esme.client.disconnect()


main()
