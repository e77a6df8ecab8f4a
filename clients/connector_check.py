"""binance-futures-connector, Binance's older Python client."""
import json
import logging
import queue
import time

from binance.error import ClientError
from binance.um_futures import UMFutures
from binance.websocket.um_futures.websocket_client import UMFuturesWebsocketClient
from harness import ALICE, REST, WS, check, finish, refused

SYMBOL = 'BTCUSDT'
logging.disable(logging.WARNING)  # it warns of the end of its own connection
um = UMFutures(key=ALICE['api_key'], secret=ALICE['secret'], base_url=REST)


def far(part):
    return round(float(um.mark_price(SYMBOL)['markPrice']) * part, 1)


def position():
    return next((row for row in um.get_position_risk(symbol=SYMBOL) if float(row['positionAmt'])), None)


def reading():
    check('exchange_info', um.exchange_info, lambda found: SYMBOL in [row['symbol'] for row in found['symbols']])
    check('depth', lambda: um.depth(SYMBOL, limit=5), lambda book: float(book['bids'][0][0]) < float(book['asks'][0][0]))
    check('klines', lambda: um.klines(SYMBOL, '1m'), lambda rows: rows and len(rows[0]) == 12)
    check('ticker_24hr_price_change', lambda: um.ticker_24hr_price_change(SYMBOL))
    check('funding_rate', lambda: um.funding_rate(SYMBOL))
    check('leverage_brackets', lambda: um.leverage_brackets(symbol=SYMBOL))
    check('balance', um.balance, lambda rows: {row['asset']: row['balance'] for row in rows}['USDT'] == '100000.00000000')
    check('account', um.account, lambda found: float(found['availableBalance']) == 100_000)
    check('get_position_mode', um.get_position_mode, lambda found: found['dualSidePosition'] is False)


def trading():
    check('change_margin_type', lambda: um.change_margin_type(symbol=SYMBOL, marginType='ISOLATED'))
    time.sleep(0.002)  # the same request within a millisecond has the same signature, and is refused as a repetition
    check('change_margin_type unchanged', lambda: refused(
        lambda: um.change_margin_type(symbol=SYMBOL, marginType='ISOLATED'), ClientError, -4046, 'No need to change margin type.'))
    check('change_leverage', lambda: um.change_leverage(symbol=SYMBOL, leverage=10), lambda found: found['leverage'] == 10)
    terms = {'symbol': SYMBOL, 'side': 'BUY', 'type': 'LIMIT', 'timeInForce': 'GTC', 'quantity': 0.01}
    placed = check('new_order limit', lambda: um.new_order(**terms, price=far(0.97)), lambda order: order['status'] == 'NEW')
    check('query_order', lambda: um.query_order(SYMBOL, orderId=placed['orderId']), lambda order: order['origQty'] == '0.010')
    check('cancel_order', lambda: um.cancel_order(SYMBOL, orderId=placed['orderId']), lambda order: order['status'] == 'CANCELED')
    batch = [{**terms, 'quantity': '0.01', 'price': str(far(part))} for part in (0.97, 0.96)]
    check('new_batch_order', lambda: um.new_batch_order(batch), lambda rows: [row['status'] for row in rows] == ['NEW', 'NEW'])
    check('cancel_open_orders', lambda: um.cancel_open_orders(SYMBOL), lambda found: found['code'] == 200)
    check('new_order market', lambda: um.new_order(symbol=SYMBOL, side='BUY', type='MARKET', quantity=0.1, newOrderRespType='RESULT'),
          lambda order: order['status'] == 'FILLED')
    check('get_position_risk', position, lambda row: 0 < float(row['liquidationPrice']) < float(row['markPrice']))
    check('modify_isolated_position_margin', lambda: um.modify_isolated_position_margin(symbol=SYMBOL, amount=100, type=1))
    check('get_position_margin_history', lambda: um.get_position_margin_history(symbol=SYMBOL), lambda rows: len(rows) == 2)
    check('new_order reduce-only', lambda: um.new_order(symbol=SYMBOL, side='SELL', type='MARKET', quantity=0.1, reduceOnly='true'))
    check('get_account_trades', lambda: um.get_account_trades(symbol=SYMBOL), lambda rows: {row['side'] for row in rows} == {'BUY', 'SELL'})
    check('get_income_history', um.get_income_history, lambda rows: 'COMMISSION' in {row['incomeType'] for row in rows})
    check('error: insufficient margin', lambda: refused(
        lambda: um.new_order(**{**terms, 'quantity': 100}, price=far(0.97)), ClientError, -2019))


def streams():
    told = queue.Queue()
    key = check('new_listen_key', um.new_listen_key, lambda found: found['listenKey'])['listenKey']
    socket = UMFuturesWebsocketClient(stream_url=WS, on_message=lambda _, message: told.put(json.loads(message)))

    def wait_for(kind):
        while (message := told.get(timeout=10)).get('e') != kind:
            pass
        return message

    try:
        socket.mark_price(SYMBOL.lower(), speed=1)
        check('stream: mark price', lambda: wait_for('markPriceUpdate'), lambda message: message['s'] == SYMBOL)
        socket.user_data(listen_key=key)
        time.sleep(1)
        um.new_order(symbol=SYMBOL, side='BUY', type='LIMIT', timeInForce='GTC', quantity=0.01, price=far(0.97))
        check('stream: order', lambda: wait_for('ORDER_TRADE_UPDATE'), lambda message: message['o']['X'] == 'NEW')
        um.cancel_open_orders(SYMBOL)
    finally:
        socket.stop()


reading()
trading()
streams()
finish('binance-futures-connector 4.2.0')
