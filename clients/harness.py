"""What the checks share: the ready file, one PASS or FAIL line per call, and the exit status."""
import json
import sys
import time

SERVER = json.load(open(sys.argv[1], encoding='utf-8'))
REST, WS = SERVER['rest'], SERVER['ws']
ACCOUNTS = {account['name']: account for account in SERVER['accounts']}
ALICE = ACCOUNTS['alice']
failures = []


def check(name, call, holds=lambda answer: answer is not None):
    """Calls, prints a line and returns the answer; a failure is noted and the checks go on."""
    begun = time.monotonic()
    answer = None
    try:
        answer = call()
        if not holds(answer):
            raise AssertionError(f'unexpected answer: {answer!r:.300}')
        verdict, why = 'PASS', ''
    except Exception as error:  # whatever a client raises is this call's result
        failures.append(name)
        verdict, why = 'FAIL', f'  {type(error).__name__}: {error!s:.400}'
    print(f'{verdict}  {name:<50} {(time.monotonic() - begun) * 1000:6.0f} ms{why}', flush=True)
    return answer


def refused(call, kind, *words):
    """Whether the call raises exactly this kind of error, with these words in its text."""
    try:
        answer = call()
    except kind as error:
        if type(error) is not kind:
            raise
        return all(str(word) in str(error) for word in words)
    raise AssertionError(f'accepted: {answer!r:.200}')


def finish(client):
    """The last line; the process ends with 1 if a call failed."""
    print(f'{client}: {len(failures)} failed' if failures else f'{client}: all passed', flush=True)
    sys.exit(1 if failures else 0)
