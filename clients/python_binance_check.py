"""python-binance: REST, and the two kinds of stream."""
import asyncio

from binance import AsyncClient, BinanceSocketManager, Client
from binance.exceptions import BinanceAPIException
from harness import ALICE, REST, WS, check, finish, refused

SYMBOL = 'BTCUSDT'
KEYS = (ALICE['api_key'], ALICE['secret'])


def pointed(client):
    client.FUTURES_URL = REST + '/fapi'
    client.FUTURES_DATA_URL = REST + '/futures/data'
    client.FUTURES_COIN_URL = REST + '/dapi'
    return client


client = pointed(Client(*KEYS, ping=False))


def far(part):
    return round(float(client.futures_mark_price(symbol=SYMBOL)['markPrice']) * part, 1)


def position():
    return next((row for row in client.futures_position_information(symbol=SYMBOL) if float(row['positionAmt'])), None)


def reading():
    check('futures_exchange_info', client.futures_exchange_info, lambda found: SYMBOL in [row['symbol'] for row in found['symbols']])
    check('futures_order_book', lambda: client.futures_order_book(symbol=SYMBOL),
          lambda book: float(book['bids'][0][0]) < float(book['asks'][0][0]))
    check('futures_klines', lambda: client.futures_klines(symbol=SYMBOL, interval='1m'), lambda rows: rows and len(rows[0]) == 12)
    check('futures_funding_rate', lambda: client.futures_funding_rate(symbol=SYMBOL))
    check('futures_leverage_bracket', lambda: client.futures_leverage_bracket(symbol=SYMBOL))
    check('futures_account_balance', client.futures_account_balance,
          lambda rows: {row['asset']: row['balance'] for row in rows}['USDT'] == '100000.00000000')
    check('futures_account', client.futures_account, lambda found: float(found['availableBalance']) == 100_000)
    check('futures_coin_account_balance', client.futures_coin_account_balance, lambda rows: 'BTC' in {row['asset'] for row in rows})


def trading():
    check('futures_change_margin_type', lambda: client.futures_change_margin_type(symbol=SYMBOL, marginType='ISOLATED'))
    check('futures_change_leverage', lambda: client.futures_change_leverage(symbol=SYMBOL, leverage=10),
          lambda found: found['leverage'] == 10)
    terms = {'symbol': SYMBOL, 'side': 'BUY', 'type': 'LIMIT', 'timeInForce': 'GTC', 'quantity': 0.01}
    placed = check('futures_create_order limit', lambda: client.futures_create_order(**terms, price=far(0.97)),
                   lambda order: order['status'] == 'NEW')
    check('futures_get_order', lambda: client.futures_get_order(symbol=SYMBOL, orderId=placed['orderId']))
    check('futures_cancel_order', lambda: client.futures_cancel_order(symbol=SYMBOL, orderId=placed['orderId']),
          lambda order: order['status'] == 'CANCELED')
    batch = [{**terms, 'quantity': '0.01', 'price': str(far(part))} for part in (0.97, 0.96)]
    check('futures_place_batch_order', lambda: client.futures_place_batch_order(batchOrders=batch),
          lambda rows: [row['status'] for row in rows] == ['NEW', 'NEW'])
    check('futures_cancel_all_open_orders', lambda: client.futures_cancel_all_open_orders(symbol=SYMBOL))
    check('futures_create_order market', lambda: client.futures_create_order(
        symbol=SYMBOL, side='BUY', type='MARKET', quantity=0.1, newOrderRespType='RESULT'), lambda order: order['status'] == 'FILLED')
    check('futures_position_information', position, lambda row: 0 < float(row['liquidationPrice']) < float(row['markPrice']))
    check('futures_change_position_margin', lambda: client.futures_change_position_margin(symbol=SYMBOL, amount=100, type=1))
    stop = check('futures_create_order stop', lambda: client.futures_create_order(
        symbol=SYMBOL, side='SELL', type='STOP_MARKET', stopPrice=far(0.95), closePosition='true'), lambda order: order['algoId'])
    check('futures_cancel_algo_order', lambda: client.futures_cancel_algo_order(symbol=SYMBOL, algoId=stop['algoId']))
    check('futures_create_order reduce-only', lambda: client.futures_create_order(
        symbol=SYMBOL, side='SELL', type='MARKET', quantity=0.1, reduceOnly='true'))
    check('futures_account_trades', lambda: client.futures_account_trades(symbol=SYMBOL), lambda rows: len(rows) >= 2)
    check('futures_income_history', client.futures_income_history, lambda rows: 'COMMISSION' in {row['incomeType'] for row in rows})
    check('error: insufficient margin', lambda: refused(
        lambda: client.futures_create_order(**{**terms, 'quantity': 100}, price=far(0.97)), BinanceAPIException, -2019))


async def streams():
    sockets = pointed(AsyncClient(*KEYS))
    manager = BinanceSocketManager(sockets)
    manager.FSTREAM_URL = WS + '/'
    try:
        async with manager.symbol_mark_price_socket(SYMBOL) as stream:
            told = await asyncio.wait_for(stream.recv(), 10)
            check('stream: mark price', lambda: told, lambda message: message['data']['s'] == SYMBOL)
        async with manager.futures_user_socket() as stream:
            placed = await sockets.futures_create_order(
                symbol=SYMBOL, side='BUY', type='LIMIT', timeInForce='GTC', quantity=0.01, price=far(0.97))
            message = await asyncio.wait_for(stream.recv(), 10)
            check('stream: order', lambda: message, lambda found: found['o']['i'] == placed['orderId'] and found['o']['X'] == 'NEW')
            await sockets.futures_cancel_all_open_orders(symbol=SYMBOL)
    finally:
        await sockets.close_connection()


reading()
trading()
asyncio.run(streams())
finish('python-binance 1.0.37')
