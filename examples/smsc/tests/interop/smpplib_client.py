"""smpplib against an SMSC on 127.0.0.1; the port is the argument."""

import sys
import time

import smpplib.client
import smpplib.consts
import smpplib.smpp

PORT = int(sys.argv[1])
PATIENCE = 10
RECEIPT = 0x04


class Esme:
    """A bound client that reads one PDU at a time."""

    def __init__(self, kind):
        self.client = smpplib.client.Client("127.0.0.1", PORT, timeout=PATIENCE)
        self.client.set_message_received_handler(lambda pdu: None)
        self.client.connect()
        bind = getattr(self.client, "bind_" + kind)
        response = bind(system_id="esme1", password="secret")
        assert response.system_id == b"wirepath", response.system_id
        self.asked = 0

    def send(self, command, **fields):
        pdu = smpplib.smpp.make_pdu(command, client=self.client, **fields)
        self.client.send_pdu(pdu)
        return pdu.sequence

    def until(self, command):
        """Reads up to the first PDU of this command; answers what has to be answered."""
        while True:
            pdu = self.client.read_pdu()
            if pdu.command == "enquire_link":
                self.asked += 1
                self.client._enquire_link_received(pdu)
            if pdu.command == "deliver_sm":
                self.client._message_received(pdu)
            if pdu.command == command:
                assert not pdu.is_error(), (command, pdu.status)
                return pdu

    def submit(self):
        sequence = self.send(
            "submit_sm",
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
            source_addr="wirepath",
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
            dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr="31612345678",
            short_message=b"hello from smpplib",
            registered_delivery=1,
        )
        response = self.until("submit_sm_resp")
        assert response.sequence == sequence
        return response.message_id

    def receipt(self, message_id):
        pdu = self.until("deliver_sm")
        assert pdu.esm_class == RECEIPT, pdu.esm_class
        assert pdu.receipted_message_id == message_id, pdu.receipted_message_id
        assert pdu.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
        assert pdu.short_message.startswith(b"id:" + message_id + b" sub:001 dlvrd:001 ")
        assert pdu.source_addr == b"31612345678" and pdu.destination_addr == b"wirepath"

    def enquire(self):
        self.send("enquire_link")
        self.until("enquire_link_resp")

    def be_asked(self):
        before = self.asked
        self.until("enquire_link")
        assert self.asked == before + 1

    def unbind(self):
        self.send("unbind")
        self.until("unbind_resp")
        self.client.disconnect()


def main():
    both = Esme("transceiver")
    both.receipt(both.submit())
    both.enquire()
    both.be_asked()
    both.be_asked()
    both.unbind()

    sender, receiver = Esme("transmitter"), Esme("receiver")
    receiver.receipt(sender.submit())
    for esme in (sender, receiver):
        esme.enquire()
        esme.be_asked()
    for esme in (sender, receiver):
        esme.unbind()


began = time.monotonic()
main()
print("smpplib: well after %.1f s" % (time.monotonic() - began))
