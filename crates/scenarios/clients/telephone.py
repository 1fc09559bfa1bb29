#!/usr/bin/env python3
"""A telephone whose SIP and media are pjproject, by PyPI pjsua2-python.

Settings come as one argument, commands as lines of JSON on standard input. Every command is answered with its
"id"; everything else that is printed is what the telephone tells: one object with one member, named by what
happened. It speaks a tone on each line, and writes what it hears there to DIRECTORY/heard-LINE.wav.
All of pjproject's callbacks run in the one thread below; the frames of the calls run in its own.
"""

import functools
import json
import os
import select
import sys

import pjsua2 as pj

# How long pjproject may wait for the network before commands are looked at, in milliseconds.
TURN_MS = 5
VOLUME = 6500  # of 32767: four such tones can be added without clipping
TONE_MS = 30_000
SETTINGS = json.loads(sys.argv[1])
# pjproject prints some lines of its own, which nobody asked for.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def write(line):
    print(json.dumps(line), file=OUT, flush=True)


def tell(kind, **data):
    write({kind: data})


def told(callback):
    """A callback whose exceptions are told, where pjproject would drop them."""

    @functools.wraps(callback)
    def call(self, prm):
        try:
            callback(self, prm)
        except Exception as error:
            tell("fault", callback=callback.__name__, error=describe(error))

    return call


def describe(error):
    return error.info() if isinstance(error, pj.Error) else repr(error)


class Telephone:
    def __init__(self):
        self.lines = {}
        self.next_line = 1
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.maxCalls = 8
        config.logConfig.level = 5 if SETTINGS.get("log") else 0
        config.logConfig.consoleLevel = 0
        if SETTINGS.get("log"):
            config.logConfig.filename = SETTINGS["log"]
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.clockRate = 16000
        self.endpoint.libInit(config)
        self.endpoint.audDevManager().setNullDev()
        self.open_transport()
        self.endpoint.libStart()
        self.prefer_codecs()
        self.tone = self.play_tone()
        self.account = Account(self)
        self.account.create(self.account_config())

    def open_transport(self):
        config = pj.TransportConfig()
        config.port = SETTINGS["port"]
        config.boundAddress = SETTINGS["host"]
        kind = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP, "tls": pj.PJSIP_TRANSPORT_TLS}
        if SETTINGS["wire"] == "tls":
            if SETTINGS.get("authority"):
                config.tlsConfig.CaListFile = SETTINGS["authority"]
                config.tlsConfig.verifyServer = True
            if SETTINGS.get("certificate"):
                config.tlsConfig.certFile = SETTINGS["certificate"]
                config.tlsConfig.privKeyFile = SETTINGS["key"]
        self.endpoint.transportCreate(kind[SETTINGS["wire"]], config)

    def prefer_codecs(self):
        for codec in self.endpoint.codecEnum2():
            self.endpoint.codecSetPriority(codec.codecId, 0)
        for place, name in enumerate(SETTINGS["codecs"]):
            self.endpoint.codecSetPriority(name, 250 - place)

    def play_tone(self):
        generator = pj.ToneGenerator()
        generator.createToneGenerator(16000, 1)
        tone = pj.ToneDesc()
        tone.freq1 = SETTINGS["tone"]
        tone.freq2 = 0
        tone.on_msec = TONE_MS
        tone.off_msec = 0
        tone.volume = VOLUME
        tones = pj.ToneDescVector()
        tones.append(tone)
        generator.play(tones, True)
        return generator

    def account_config(self):
        config = pj.AccountConfig()
        user, server = SETTINGS["user"], SETTINGS.get("server")
        wire = "" if SETTINGS["wire"] == "udp" else f";transport={SETTINGS['wire']}"
        config.idUri = f"sip:{user}@{server or SETTINGS['host'] + ':' + str(SETTINGS['port'])}"
        if server and SETTINGS.get("password"):
            config.regConfig.registrarUri = f"sip:{server}{wire}"
            config.regConfig.timeoutSec = SETTINGS.get("expires", 300)
            config.regConfig.retryIntervalSec = 0
            login = pj.AuthCredInfo("digest", "*", SETTINGS.get("login", user), 0, SETTINGS["password"])
            config.sipConfig.authCreds.append(login)
        if server:
            config.sipConfig.proxies.append(f"sip:{server};lr{wire}")
        media = config.mediaConfig
        media.transportConfig.boundAddress = SETTINGS["host"]
        media.transportConfig.port = SETTINGS["mediaPort"]
        media.transportConfig.portRange = SETTINGS["mediaPorts"]
        if SETTINGS.get("encrypted"):
            media.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
            media.srtpSecureSignaling = 0
        reliable = pj.PJSUA_100REL_MANDATORY if SETTINGS.get("reliable") else pj.PJSUA_100REL_OPTIONAL
        config.callConfig.prackUse = reliable
        if SETTINGS.get("sessionTimer"):
            config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
            config.callConfig.timerSessExpiresSec = SETTINGS["sessionTimer"]
            config.callConfig.timerMinSESec = 90
        return config

    def add(self, call):
        call.line = self.next_line
        self.next_line += 1
        self.lines[call.line] = call

    def line(self, command):
        number = command.get("line") or max(self.lines, default=0)
        if number not in self.lines:
            raise ValueError(f"no call on line {number}")
        return self.lines[number]

    def do(self, command):
        """Does what is ordered; answers members of the answer."""
        what = command["do"]
        if what == "call":
            call = Call(self, pj.PJSUA_INVALID_ID)
            self.add(call)
            order = pj.CallOpParam(True)
            for name, value in (command.get("headers") or {}).items():
                header = pj.SipHeader()
                header.hName, header.hValue = name, value
                order.txOption.headers.append(header)
            call.makeCall(command["to"], order)
            return {"line": call.line}
        if what == "register":
            self.account.setRegistration(command["on"])
            return {}
        call = self.line(command)
        order = pj.CallOpParam()
        if what in ("answer", "ring", "refuse"):
            order.statusCode = command.get("status") or {"answer": 200, "ring": 180, "refuse": 486}[what]
            call.answer(order)
        elif what == "hangUp":
            call.hangup(order)
        elif what == "hold":
            call.setHold(order)
        elif what == "resume":
            order = pj.CallOpParam(True)
            order.opt.flag = pj.PJSUA_CALL_UNHOLD
            call.reinvite(order)
        elif what == "update":
            call.update(pj.CallOpParam(True))
        elif what == "transfer":
            call.xfer(command["to"], order)
        elif what == "connectLines":
            call.xferReplaces(self.lines[command["with"]], order)
        elif what == "digits":
            call.dialDtmf(command["digits"])
        elif what == "codec":
            return {"codec": call.getStreamInfo(0).codecName}
        else:
            raise ValueError(f"unknown command {what}")
        return {}

    def run(self):
        unread = b""
        while True:
            self.endpoint.libHandleEvents(TURN_MS)
            if not select.select([0], [], [], 0)[0]:
                continue
            read = os.read(0, 65536)
            if not read:
                break
            *lines, unread = (unread + read).split(b"\n")
            for line in lines:
                command = json.loads(line)
                try:
                    answer = self.do(command)
                except Exception as error:  # whatever pjproject says is the answer
                    answer = {"error": describe(error)}
                write({"id": command["id"], **answer})


class Account(pj.Account):
    def __init__(self, telephone):
        super().__init__()
        self.telephone = telephone

    @told
    def onRegState(self, prm):
        if prm.code // 100 == 2:
            tell("registered" if prm.expiration else "unregistered", status=prm.code, expires=prm.expiration)
        else:
            tell("refused", status=prm.code, reason=prm.reason)

    @told
    def onIncomingCall(self, prm):
        call = Call(self.telephone, prm.callId)
        self.telephone.add(call)
        tell("ringing", line=call.line, **{"from": call.getInfo().remoteUri}, message=prm.rdata.wholeMsg)
        answer = pj.CallOpParam()
        asked = "answer-after=0" in prm.rdata.wholeMsg
        how = SETTINGS["answering"]
        if how == "silent":
            return
        answer.statusCode = 200 if how == "always" or (how == "asked" and asked) else 180
        call.answer(answer)


class Call(pj.Call):
    def __init__(self, telephone, call_id):
        super().__init__(telephone.account, call_id)
        self.telephone = telephone
        self.line = 0
        self.recorder = None

    @told
    def onCallState(self, prm):
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
            tell("progress", line=self.line, status=info.lastStatusCode)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            tell("established", line=self.line)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.recorder = None
            self.telephone.lines.pop(self.line, None)
            tell("ended", line=self.line, status=info.lastStatusCode, reason=info.lastReason)

    @told
    def onCallMediaState(self, prm):
        states = {
            pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
            pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held here",
            pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held there",
            pj.PJSUA_CALL_MEDIA_NONE: "none",
            pj.PJSUA_CALL_MEDIA_ERROR: "error",
        }
        info = self.getInfo()  # owns the list that is walked
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            tell("media", line=self.line, state=states.get(media.status, "?"))
            if media.status not in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
                continue
            audio = self.getAudioMedia(index)
            if self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(os.path.join(SETTINGS["directory"], f"heard-{self.line}.wav"))
            audio.startTransmit(self.recorder)
            self.telephone.tone.startTransmit(audio)

    @told
    def onDtmfDigit(self, prm):
        tell("digit", line=self.line, digit=prm.digit)

    @told
    def onCallTransferStatus(self, prm):
        tell("transferred", line=self.line, status=prm.statusCode, final=prm.finalNotify)
        if prm.statusCode // 100 == 2:
            self.hangup(pj.CallOpParam())

    @told
    def onCallTransferRequest(self, prm):
        tell("referred", line=self.line, to=prm.dstUri)
        prm.newCall = self.successor()

    @told
    def onCallReplaceRequest(self, prm):
        tell("replaced", line=self.line)
        prm.newCall = self.successor()

    def successor(self):
        """The line of a call that pjproject begins by itself."""
        call = Call(self.telephone, pj.PJSUA_INVALID_ID)
        self.telephone.add(call)
        return call


telephone = Telephone()
tell("ready")
telephone.run()
telephone.endpoint.libDestroy()
# Python would now free what pjproject has freed already.
os._exit(0)
