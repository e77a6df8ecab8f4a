"""freqtrade's exchange layer: what a bot asks of its exchange, without strategy or database."""
import logging
from datetime import UTC, datetime, timedelta

from freqtrade.enums import CandleType, MarginMode, RunMode, TradingMode
from freqtrade.exceptions import TemporaryError
from freqtrade.resolvers import ExchangeResolver
from harness import ALICE, REST, check, finish, refused

BEGUN = datetime.now(UTC) - timedelta(minutes=1)
logging.disable(logging.CRITICAL)
PAIR = 'BTC/USDT:USDT'
VERSIONS = {'fapiPublic': 'v1', 'fapiPublicV2': 'v2', 'fapiPublicV3': 'v3', 'fapiPrivate': 'v1', 'fapiPrivateV2': 'v2', 'fapiPrivateV3': 'v3'}
PRICING = {'price_side': 'other', 'use_order_book': True, 'order_book_top': 1}
CONFIGURATION = {
    'runmode': RunMode.LIVE, 'dry_run': False, 'stake_currency': 'USDT', 'timeframe': '5m', 'max_open_trades': 1,
    'trading_mode': TradingMode.FUTURES, 'margin_mode': MarginMode.ISOLATED, 'candle_type_def': CandleType.FUTURES,
    'liquidation_buffer': 0.05, 'entry_pricing': PRICING, 'exit_pricing': PRICING, 'unfilledtimeout': {'entry': 10, 'exit': 10},
    'exchange': {
        'name': 'binanceusdm', 'key': ALICE['api_key'], 'secret': ALICE['secret'], 'enable_ws': False,
        'pair_whitelist': [PAIR], 'pair_blacklist': [],
        'ccxt_config': {
            'options': {'fetchCurrencies': False, 'fetchMarkets': {'types': ['linear']}},
            'urls': {'api': {**{name: f'{REST}/fapi/{version}' for name, version in VERSIONS.items()}, 'fapiData': REST + '/futures/data'}},
        },
    },
}


def trading(bot):
    check('get_balances', bot.get_balances, lambda found: found['USDT']['total'] == 100_000)
    check('get_max_leverage', lambda: bot.get_max_leverage(PAIR, 1_000), lambda found: found > 1)
    check('get_fee', lambda: bot.get_fee(PAIR), lambda fee: 0 < fee < 0.01)
    rate = check('get_rate', lambda: bot.get_rate(PAIR, side='entry', is_short=False, refresh=True), lambda found: found > 0)
    terms = {'pair': PAIR, 'amount': 0.1, 'leverage': 10.0}
    entry = check('create_order entry', lambda: bot.create_order(
        **terms, ordertype='market', side='buy', rate=rate, reduceOnly=False), lambda order: order['filled'] == 0.1)
    check('fetch_positions', lambda: bot.fetch_positions(PAIR),
          lambda rows: rows[0]['contracts'] == 0.1 and rows[0]['leverage'] == 10 and rows[0]['marginMode'] == 'isolated')
    check('get_trades_for_order', lambda: bot.get_trades_for_order(entry['id'], PAIR, BEGUN),
          lambda rows: round(sum(row['amount'] for row in rows), 6) == 0.1)
    stop = check('create_stoploss', lambda: bot.create_stoploss(
        pair=PAIR, amount=0.1, stop_price=rate * 0.95, order_types={'stoploss': 'market'}, side='sell', leverage=10.0))
    check('fetch_stoploss_order', lambda: bot.fetch_stoploss_order(stop['id'], PAIR), lambda order: order['status'] == 'open')
    check('cancel_stoploss_order', lambda: bot.cancel_stoploss_order_with_result(stop['id'], PAIR, 0.1))
    resting = check('create_order limit', lambda: bot.create_order(
        **terms, ordertype='limit', side='sell', rate=rate * 1.03, reduceOnly=True), lambda order: order['status'] == 'open')
    check('fetch_order', lambda: bot.fetch_order(resting['id'], PAIR), lambda order: order['status'] == 'open')
    check('cancel_order', lambda: bot.cancel_order_with_result(resting['id'], PAIR, 0.1))
    check('create_order exit', lambda: bot.create_order(
        **terms, ordertype='market', side='sell', rate=rate, reduceOnly=True), lambda order: order['filled'] == 0.1)
    # CCXT tells this as InsufficientFunds only where the address is Binance's own; a configuration file cannot change that.
    check('error: insufficient margin', lambda: refused(lambda: bot.create_order(
        **{**terms, 'amount': 100}, ordertype='limit', side='buy', rate=rate * 0.97, reduceOnly=False), TemporaryError, -2019))


def candles(bot):
    for kind in (CandleType.FUTURES, CandleType.MARK):
        check(f'refresh_latest_ohlcv {kind}', lambda: bot.refresh_latest_ohlcv([(PAIR, '5m', kind)], cache=False),
              lambda found: len(found) == 1)
    check('funding fees', lambda: bot.get_funding_fees(PAIR, 0.1, False, BEGUN), lambda fees: fees == 0)


if __name__ == '__main__':
    exchange = check('start', lambda: ExchangeResolver.load_exchange(CONFIGURATION, validate=True, load_leverage_tiers=True))
    if exchange:
        try:
            trading(exchange)
            candles(exchange)
        finally:
            exchange.close()
    finish('freqtrade 2026.9')
