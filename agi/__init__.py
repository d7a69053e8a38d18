"""Telephony: FastAGI and AMI, the IVR, prompts, trunks, queues, call control, callbacks, voicemail and CDR."""
