"""CCXT and CCXT Pro: what a bot does between starting and stopping. Only addresses and keys differ from Binance."""
import asyncio

import ccxt
import ccxt.pro
from harness import ALICE, REST, WS, check, finish, refused

SYMBOL, COIN = 'BTC/USDT:USDT', 'BTC/USD:BTC'


def client(kind, account, table='linear'):
    exchange = kind({'apiKey': account['api_key'], 'secret': account['secret'], 'options': {'fetchCurrencies': False}})
    api = exchange.urls['api']
    for name, url in api.items():
        if isinstance(url, str):
            api[name] = url.replace('https://fapi.binance.com', REST).replace('https://dapi.binance.com', REST)
    if 'ws' in api:
        api['ws'].update({'linear': WS + '/ws', 'inverse': WS + '/ws'})
        api['ws']['ws-api'].update({'linear': WS + '/ws-fapi/v1', 'inverse': WS + '/ws-dapi/v1'})
    # CCXT looks this table up by Binance's own host name.
    exchange.exceptions['exact'].update(exchange.exceptions[table]['exact'])
    return exchange


alice = client(ccxt.binanceusdm, ALICE)


def far(side, part=0.03):
    """A price away from the mark, where an order rests."""
    mark = float(alice.fapiPublicGetPremiumIndex({'symbol': 'BTCUSDT'})['markPrice'])
    return float(alice.price_to_precision(SYMBOL, mark * (1 - part if side == 'buy' else 1 + part)))


def position():
    return next((row for row in alice.fetch_positions([SYMBOL]) if row['contracts']), None)


def market_data():
    check('load_markets', alice.load_markets, lambda found: found[SYMBOL]['linear'] and found[SYMBOL]['swap'])
    check('fetch_time', alice.fetch_time)
    check('fetch_order_book', lambda: alice.fetch_order_book(SYMBOL, 20), lambda book: book['bids'][0][0] < book['asks'][0][0])
    check('fetch_ticker', lambda: alice.fetch_ticker(SYMBOL), lambda ticker: ticker['last'] > 0)
    check('fetch_ohlcv', lambda: alice.fetch_ohlcv(SYMBOL, '1m', limit=10), lambda rows: rows and len(rows[0]) == 6)
    check('fetch_mark_ohlcv', lambda: alice.fetch_mark_ohlcv(SYMBOL, '1m', limit=10), lambda rows: rows and len(rows[0]) == 6)
    check('fetch_funding_rate', lambda: alice.fetch_funding_rate(SYMBOL), lambda rate: rate['fundingRate'] is not None)
    check('fetch_funding_rate_history', lambda: alice.fetch_funding_rate_history(SYMBOL), lambda rows: isinstance(rows, list))
    check('fetch_open_interest', lambda: alice.fetch_open_interest(SYMBOL), lambda row: row['openInterestAmount'] >= 0)
    check('fetch_leverage_tiers', lambda: alice.fetch_leverage_tiers([SYMBOL]), lambda rows: rows[SYMBOL][0]['maxLeverage'] > 1)
    check('fetch_adl_rank', lambda: alice.fetch_adl_rank(SYMBOL), lambda row: row['rating'] in ('low', 'medium', 'high'))


def settings():
    check('fetch_balance', alice.fetch_balance, lambda found: found['USDT']['total'] == 100_000)
    check('set_position_mode one-way, as it is', lambda: refused(lambda: alice.set_position_mode(False), ccxt.OperationRejected, -4059))
    check('set_margin_mode isolated', lambda: alice.set_margin_mode('isolated', SYMBOL))
    check('set_margin_mode unchanged', lambda: refused(
        lambda: alice.set_margin_mode('isolated', SYMBOL), ccxt.MarginModeAlreadySet, -4046))
    check('fetch_margin_mode', lambda: alice.fetch_margin_mode(SYMBOL), lambda row: row['marginMode'] == 'isolated')
    check('set_leverage', lambda: alice.set_leverage(10, SYMBOL), lambda row: int(row['leverage']) == 10)
    check('fetch_leverage', lambda: alice.fetch_leverage(SYMBOL), lambda row: row['longLeverage'] == 10)
    check('fetch_trading_fee', lambda: alice.fetch_trading_fee(SYMBOL), lambda fee: fee['taker'] >= fee['maker'])


def orders():
    placed = check('create_order limit', lambda: alice.create_order(SYMBOL, 'limit', 'buy', 0.01, far('buy')),
                   lambda order: order['status'] == 'open' and order['filled'] == 0)
    check('fetch_order', lambda: alice.fetch_order(placed['id'], SYMBOL), lambda order: order['amount'] == 0.01)
    check('fetch_open_orders', lambda: alice.fetch_open_orders(SYMBOL), lambda rows: [row['id'] for row in rows] == [placed['id']])
    check('edit_order', lambda: alice.edit_order(placed['id'], SYMBOL, 'limit', 'buy', 0.02, far('buy', 0.04)),
          lambda order: order['amount'] == 0.02)
    check('cancel_order', lambda: alice.cancel_order(placed['id'], SYMBOL), lambda order: order['status'] == 'canceled')
    check('create_order post-only', lambda: alice.create_order(SYMBOL, 'limit', 'sell', 0.01, far('sell'), {'postOnly': True}),
          lambda order: order['postOnly'])
    check('cancel_all_orders', lambda: alice.cancel_all_orders(SYMBOL))
    check('fetch_orders', lambda: alice.fetch_orders(SYMBOL), lambda rows: {row['status'] for row in rows} == {'canceled'})


def trading():
    check('create_order market', lambda: alice.create_order(SYMBOL, 'market', 'buy', 0.1),
          lambda order: order['status'] == 'closed' and order['filled'] == 0.1 and order['average'] > 0)
    before = check('fetch_positions', position, lambda row: row['side'] == 'long' and row['contracts'] == 0.1
                   and row['marginMode'] == 'isolated' and 0 < row['liquidationPrice'] < row['markPrice'])
    check('add_margin', lambda: alice.add_margin(SYMBOL, 100))
    after = check('fetch_positions after add_margin', position, lambda row: row['liquidationPrice'] < before['liquidationPrice'])
    check('reduce_margin', lambda: alice.reduce_margin(SYMBOL, 40))
    check('fetch_positions after reduce_margin', position, lambda row: row['liquidationPrice'] > after['liquidationPrice'])
    check('fetch_margin_adjustment_history', lambda: alice.fetch_margin_adjustment_history(SYMBOL),
          lambda rows: [(row['type'], row['amount']) for row in rows if row['info']['deltaType'] == 'USER_ADJUST']
          == [('add', 100), ('reduce', 40)])
    check('fetch_positions_risk', lambda: alice.fetch_positions_risk([SYMBOL]), lambda rows: rows[0]['leverage'] == 10)
    stop = check('create_order stop', lambda: alice.create_order(
        SYMBOL, 'market', 'sell', 0.1, None, {'stopLossPrice': far('buy', 0.05), 'reduceOnly': True}), lambda order: order['id'])
    check('fetch_open_orders stop', lambda: alice.fetch_open_orders(SYMBOL, params={'trigger': True}),
          lambda rows: [row['id'] for row in rows] == [stop['id']] and rows[0]['triggerPrice'] > 0)
    check('cancel_order stop', lambda: alice.cancel_order(stop['id'], SYMBOL, {'trigger': True}))
    check('create_order reduce-only', lambda: alice.create_order(SYMBOL, 'market', 'sell', 0.1, None, {'reduceOnly': True}),
          lambda order: order['filled'] == 0.1)
    check('fetch_positions flat', position, lambda row: row is None)


def past():
    check('fetch_my_trades', lambda: alice.fetch_my_trades(SYMBOL),
          lambda rows: abs(sum(row['amount'] * (1 if row['side'] == 'buy' else -1) for row in rows)) < 1e-9 and rows[0]['fee']['cost'] > 0)
    check('fetch_trades', lambda: alice.fetch_trades(SYMBOL), lambda rows: rows[-1]['price'] > 0)
    ledger = check('fetch_ledger', lambda: alice.fetch_ledger('USDT', limit=100),
                   lambda rows: {row['type'] for row in rows} == {'transfer', 'commission', 'trade'})
    total = sum(row['amount'] * (-1 if row['direction'] == 'out' else 1) for row in ledger or [])
    check('fetch_balance agrees with the ledger', alice.fetch_balance, lambda found: abs(found['USDT']['total'] - total) < 1e-6)
    check('fetch_funding_history', lambda: alice.fetch_funding_history(SYMBOL), lambda rows: isinstance(rows, list))


def hedge():
    check('set_position_mode hedge', lambda: alice.set_position_mode(True))
    check('fetch_position_mode', lambda: alice.fetch_position_mode(SYMBOL), lambda row: row['hedged'])
    for side, leg in (('buy', 'LONG'), ('sell', 'SHORT')):
        check(f'create_order {leg}', lambda: alice.create_order(SYMBOL, 'market', side, 0.01, None, {'positionSide': leg}),
              lambda order: order['filled'] == 0.01)
    check('fetch_positions both legs', lambda: alice.fetch_positions([SYMBOL]),
          lambda rows: {row['side'] for row in rows if row['contracts']} == {'long', 'short'} and rows[0]['hedged'])
    for side, leg in (('sell', 'LONG'), ('buy', 'SHORT')):
        check(f'create_order closes {leg}', lambda: alice.create_order(SYMBOL, 'market', side, 0.01, None, {'positionSide': leg}))
    check('set_position_mode one-way', lambda: alice.set_position_mode(False))


def errors():
    def order(*terms):
        return lambda: alice.create_order(SYMBOL, *terms)

    stranger = client(ccxt.binanceusdm, {'api_key': 'nobody', 'secret': 'none'})
    forger = client(ccxt.binanceusdm, {'api_key': ALICE['api_key'], 'secret': 'wrong'})
    cases = [
        ('InsufficientFunds', order('limit', 'buy', 100, far('buy')), ccxt.InsufficientFunds, -2019),
        ('OrderNotFound', lambda: alice.fetch_order('999999999', SYMBOL), ccxt.OrderNotFound, -2013),
        ('OrderNotFound, cancelled', lambda: alice.cancel_order('999999999', SYMBOL), ccxt.OrderNotFound, -2011),
        ('reduce-only without position', order('market', 'sell', 0.01, None, {'reduceOnly': True}), ccxt.InvalidOrder, -2022),
        ('post-only that would trade', order('limit', 'buy', 0.01, far('sell'), {'postOnly': True}), ccxt.OrderNotFillable, -5022),
        ('BadSymbol', lambda: alice.fapiPublicGetDepth({'symbol': 'NOPE'}), ccxt.BadSymbol, -1121),
        ('unknown key', stranger.fetch_balance, ccxt.AuthenticationError, -2015),
        ('wrong secret', forger.fetch_balance, ccxt.AuthenticationError, -1022),
    ]
    for name, call, kind, code in cases:
        check(f'error: {name}', lambda: refused(call, kind, code))


def inverse():
    coin = client(ccxt.binancecoinm, ALICE, 'inverse')
    check('inverse: load_markets', coin.load_markets, lambda found: found[COIN]['inverse'])
    check('inverse: fetch_balance', coin.fetch_balance, lambda found: found['BTC']['total'] > 0)
    check('inverse: set_leverage', lambda: coin.set_leverage(5, COIN))
    check('inverse: create_order market', lambda: coin.create_order(COIN, 'market', 'buy', 3), lambda order: order['filled'] == 3)
    check('inverse: fetch_positions', lambda: coin.fetch_positions([COIN]),
          lambda rows: rows[0]['contracts'] == 3 and rows[0]['liquidationPrice'] > 0)
    check('inverse: create_order closes', lambda: coin.create_order(COIN, 'market', 'sell', 3, None, {'reduceOnly': True}))


async def streams():
    live = client(ccxt.pro.binanceusdm, ALICE)
    live.options['watchPositions']['fetchPositionsSnapshot'] = False  # or it is asked for while the client is being closed
    try:
        await live.load_markets()
        book = await asyncio.wait_for(live.watch_order_book(SYMBOL), 10)
        check('pro: watch_order_book', lambda: book, lambda found: found['bids'][0][0] < found['asks'][0][0])
        watching = asyncio.ensure_future(live.watch_orders(SYMBOL))
        await asyncio.sleep(1)  # the user's stream is being opened
        placed = await live.create_order(SYMBOL, 'limit', 'buy', 0.01, far('buy'))
        told = await asyncio.wait_for(watching, 10)
        check('pro: watch_orders new', lambda: told, lambda rows: [(r['id'], r['status']) for r in rows] == [(placed['id'], 'open')])
        watching = asyncio.ensure_future(live.watch_orders(SYMBOL))
        await asyncio.sleep(0)
        await live.cancel_order(placed['id'], SYMBOL)
        told = await asyncio.wait_for(watching, 10)
        check('pro: watch_orders cancelled', lambda: told, lambda rows: rows[-1]['status'] == 'canceled')
        tick = await asyncio.wait_for(live.watch_mark_price(SYMBOL), 10)
        check('pro: watch_mark_price', lambda: tick, lambda found: found['markPrice'] > 0)
    finally:
        await live.close()


def failed(error):
    raise error


if __name__ == '__main__':
    for part in (market_data, settings, orders, trading, past, hedge, errors, inverse, lambda: asyncio.run(streams())):
        try:
            part()
        except Exception as error:  # what a part could not go on after
            check('the rest of this part', lambda: failed(error))
    finish(f'ccxt {ccxt.__version__}')
